package membership

import (
	"context"
	"fmt"
	"slices"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
)

// Entrance is the profile by which somebody comes in: it changes what the front
// page shows, never what may be read.
type Entrance string

// The entrances, in the order of the doors.
const (
	LivesHere   Entrance = ""
	WantsToCome Entrance = "come"
	HasBusiness Entrance = "business"
	TakesPart   Entrance = "join"
)

// Entrances lists them.
var Entrances = []Entrance{LivesHere, WantsToCome, HasBusiness, TakesPart}

// addresses are how the site's addresses name them: visitors carry no cookie.
var addresses = map[Entrance]string{LivesHere: "habiter", WantsToCome: "venir", HasBusiness: "activite", TakesPart: "participer"}

// Address is the entrance as addresses name it.
func (e Entrance) Address() string { return addresses[e] }

// EntranceAt reads what Address wrote.
func EntranceAt(address string) (Entrance, bool) {
	at := slices.IndexFunc(Entrances, func(one Entrance) bool { return one.Address() == address })
	if at < 0 {
		return LivesHere, false
	}
	return Entrances[at], true
}

// ChooseEntrance remembers by which door a member comes in.
func (s *Service) ChooseEntrance(ctx context.Context, who actor.Actor, entrance Entrance) error {
	if !who.IsMember() {
		return fault.SignIn
	}
	if !slices.Contains(Entrances, entrance) {
		return fault.InvalidField("entrance", "error.choice")
	}
	err := s.DB.Write(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Update((*Member)(nil)).Set("entrance = ?", entrance).Where("id = ?", who.Member).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("choose entrance: %w", err)
	}
	return nil
}

// EntranceOf is the door by which a member came in last.
func (s *Service) EntranceOf(ctx context.Context, who actor.Actor) (Entrance, error) {
	var entrance Entrance
	if !who.IsMember() {
		return LivesHere, nil
	}
	err := s.DB.Read(ctx, who.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select((*Member)(nil)).Column("entrance").Where("id = ?", who.Member).Scan(ctx, &entrance)
	})
	if err != nil {
		return LivesHere, fmt.Errorf("entrance: %w", err)
	}
	return entrance, nil
}
