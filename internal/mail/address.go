package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Wired is an address as SMTP servers take it: an internationalised domain in
// its ASCII form (RFC 5891). An address that no server would take is ErrRefused:
// SMTPUTF8, which signs beyond ASCII before the @ would need, is not spoken by
// enough servers to count on.
func Wired(address string) (string, error) {
	parsed, err := netmail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != strings.TrimSpace(norm.NFC.String(address)) {
		return "", fmt.Errorf("%w: %q is not an address", ErrRefused, address)
	}
	at := strings.LastIndexByte(parsed.Address, '@')
	local, domain := parsed.Address[:at], parsed.Address[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("%w: the domain of %q: %w", ErrRefused, address, err)
	}
	if strings.ContainsFunc(local, func(sign rune) bool { return sign > 0x7e || sign <= ' ' }) {
		return "", fmt.Errorf("%w: %q has signs before the @ that most servers do not take", ErrRefused, address)
	}
	if len(local) > 64 || len(local)+1+len(ascii) > 254 {
		return "", fmt.Errorf("%w: %.80q… is too long", ErrRefused, address)
	}
	return local + "@" + ascii, nil
}

// Normal is the one way to write an address, so that two can be compared.
func Normal(address string) string {
	address = strings.ToLower(strings.TrimSpace(norm.NFC.String(address)))
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	if ascii, err := idna.Lookup.ToASCII(address[at+1:]); err == nil {
		return address[:at+1] + ascii
	}
	return address
}

// DomainOf is what follows the @, in ASCII; "" where there is none.
func DomainOf(address string) string {
	address = Normal(address)
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		return address[at+1:]
	}
	return ""
}
