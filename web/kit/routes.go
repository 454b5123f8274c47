// Package kit is what all faces share: routes and their needs, pages, forms
// and the shell around them.
package kit

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/fault"
)

// Need is what a route asks of whoever comes.
type Need struct {
	// SignedIn asks for a member.
	SignedIn bool
	// Kind and Action ask the policy, which also asks for a member.
	Kind, Action string
}

// The needs that name no right.
var (
	Anyone   = Need{}
	SignedIn = Need{SignedIn: true}
)

// May asks for the right to do the action to things of the kind.
func May(kind, action string) Need { return Need{SignedIn: true, Kind: kind, Action: action} }

// met tells whether the actor may come in. Who may not see a page does not
// find it.
func (n Need) met(policy actor.Policy, who actor.Actor) error {
	if !n.SignedIn {
		return nil
	}
	if !who.IsMember() {
		return fault.SignIn
	}
	if n.Kind != "" && !policy.Allows(who, n.Kind, n.Action) {
		return fault.NotFound
	}
	return nil
}

// Handler answers a request or says what went wrong.
type Handler func(*Request) error

// Route is a line of the route table.
type Route struct {
	Method, Path string
	Need         Need
}

// Routes registers handlers with what they need.
type Routes struct {
	house *House
	gin   *gin.Engine
	needs map[string]Need // by method and path
}

// NewRoutes opens an empty table.
func NewRoutes(house *House) *Routes {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	// Without this gin believes any X-Forwarded-For.
	_ = engine.SetTrustedProxies(house.TrustedProxies)
	routes := &Routes{house: house, gin: engine, needs: map[string]Need{}}
	engine.NoRoute(routes.adapt(Anyone, func(*Request) error { return fault.NotFound }))
	engine.NoMethod(routes.adapt(Anyone, func(*Request) error { return errMethod }))
	return routes
}

// Get registers a page; HEAD comes with it.
func (r *Routes) Get(path string, need Need, handler Handler) {
	r.add(http.MethodGet, path, need, handler)
	r.gin.HEAD(path, r.adapt(need, handler))
}

// Post registers what a form does.
func (r *Routes) Post(path string, need Need, handler Handler) {
	r.add(http.MethodPost, path, need, handler)
}

func (r *Routes) add(method, path string, need Need, handler Handler) {
	r.gin.Handle(method, path, r.adapt(need, handler))
	r.needs[method+" "+path] = need
}

// Table lists all routes by path: those that gin serves, so that none can be
// missing.
func (r *Routes) Table() []Route {
	var table []Route
	for _, served := range r.gin.Routes() {
		if served.Method != http.MethodHead {
			table = append(table, Route{served.Method, served.Path, r.needs[served.Method+" "+served.Path]})
		}
	}
	slices.SortFunc(table, func(a, b Route) int {
		return strings.Compare(a.Path+a.Method, b.Path+b.Method)
	})
	return table
}

// ServeHTTP answers with the route that fits.
func (r *Routes) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.gin.ServeHTTP(w, request)
}
