package browser

import (
	"strings"
	"sync"

	"github.com/kumun/kumun/e2e/walk"
)

// Bare is the operator's host by the name that it knows itself by.
func Bare(product *walk.Product) string {
	return strings.Replace(product.Bare, "127.0.0.1", "localhost", 1)
}

// entrances lets the tabs of one person in one by one: a code is for the tab
// that asked for it.
var entrances sync.Map // of *sync.Mutex, by address

// SignIn goes in at Cornouaille by the mailed code, typed as people type it.
func (p *Person) SignIn(email string) *Person {
	p.t.Helper()
	entrance, _ := entrances.LoadOrStore(email, &sync.Mutex{})
	entrance.(*sync.Mutex).Lock()
	defer entrance.(*sync.Mutex).Unlock()
	before := walk.NewestCode(p.t, p.product.Cornouaille, email)
	p.Open(p.product.Cornouaille+"/connexion").Fill("Ton adresse e-mail", email).Press("Recevoir mon code")
	code := walk.Code(p.t, p.product.Cornouaille, email, before)
	return p.Fill("Le code à six chiffres", code[:3]+" "+code[3:]).Press("Entrer").Sees("Te voilà.")
}

// SignInAsStaff goes in at the bare host, where a demonstration lets anybody.
func (p *Person) SignInAsStaff() *Person {
	p.t.Helper()
	return p.Open(Bare(p.product)).Press("Entrer dans la console de l'opérateur").Press("Entrer dans la console").Sees("Communautés")
}
