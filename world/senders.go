package world

import (
	"net"

	"github.com/kumun/kumun/internal/vault"
	"github.com/kumun/kumun/notifications"
)

// Senders say who writes letters; a test gives them a resolver of its own.
func (w *World) Senders() *notifications.Senders {
	secret, err := vault.New("a secret of this world, long enough")
	if err != nil {
		panic(err)
	}
	return &notifications.Senders{DB: w.DB, Clock: w.Clock, Vault: secret, Resolver: net.DefaultResolver,
		Operator: notifications.Operator{Domain: "kumun.test", Server: "smtp.kumun.test"}}
}
