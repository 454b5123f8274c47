package profile_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/web/kit"
)

// browser keeps cookies and speaks to one community's pages.
type browser struct {
	Handler http.Handler
	Tenant  *tenants.Tenant

	cookies map[string]string
}

// Get asks for a page.
func (b *browser) Get(path string) *httptest.ResponseRecorder {
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post sends a form: pairs of name and value.
func (b *browser) Post(path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		values.Add(pairs[n], pairs[n+1])
	}
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(request)
}

// Hold gives the browser a cookie.
func (b *browser) Hold(name, value string) {
	if b.cookies == nil {
		b.cookies = map[string]string{}
	}
	b.cookies[name] = value
}

func (b *browser) send(request *http.Request) *httptest.ResponseRecorder {
	request.Host = b.Tenant.Slug + ".kumun.test"
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer := httptest.NewRecorder()
	b.Handler.ServeHTTP(answer, kit.WithTenant(request, b.Tenant))
	for _, cookie := range answer.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.Hold(cookie.Name, cookie.Value)
	}
	return answer
}
