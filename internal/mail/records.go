package mail

import (
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// Finding is what the DNS says of one thing that receivers look for.
type Finding struct {
	// About is spf, dkim, dmarc, or, of the domain to which bounces go, mx and
	// return_spf.
	About string `json:"about"`
	// Verdict is fine, or what is wrong; see Check.
	Verdict string `json:"verdict"`
	// Kind, Name and Value are the record to publish; Value is "" where nothing
	// is to be changed.
	Kind  string `json:"kind,omitempty"`
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
	// Found is what stands there now.
	Found []string `json:"found,omitempty"`
}

// The verdicts beside those that name a fault.
const (
	Fine = "fine"
	// Outdated works, and would be better otherwise.
	Outdated = "outdated"
	// Unknown: the DNS did not answer, which says nothing of the records.
	Unknown = "unknown"
)

// Wanted is what the records of a domain are to say.
type Wanted struct {
	Domain string
	// Bulk is the domain of the bulk stream, Domain or below it.
	Bulk string
	Keys []Key
	// SPF is the mechanism that admits the servers which send, such as
	// include:kumun.example. Unless MustAdmit, it is a guess for a domain without
	// a record: a provider of mail names its servers as it likes.
	SPF       string
	MustAdmit bool
	// Return is the domain of return paths that Kumun answers for, and Exchange
	// the host on which it listens; "" looks for none.
	Return, Exchange string
}

// Check asks what the world's receivers would: SPF (RFC 7208), DKIM (RFC 6376)
// and DMARC (RFC 9989). Its verdicts: missing, several, broken, open and lacks
// and long (SPF), other (DKIM, MX), strict (DMARC), and fine, outdated, unknown.
func Check(ctx context.Context, resolver Resolver, wanted Wanted) []Finding {
	asked := asking{ctx, resolver}
	findings := []Finding{asked.spf("spf", wanted.Domain, wanted)}
	for _, key := range wanted.Keys {
		findings = append(findings, asked.dkim(key))
	}
	findings = append(findings, asked.dmarc(wanted))
	if wanted.Return != "" {
		findings = append(findings, asked.mx(wanted), asked.spf("return_spf", wanted.Return, wanted))
	}
	return findings
}

// Passed tells whether letters may leave under the domain's name; sure is false
// when the DNS did not answer.
func Passed(findings []Finding) (passed, sure bool) {
	passed, sure = len(findings) > 0, true
	for _, finding := range findings {
		switch finding.Verdict {
		case Fine, Outdated:
		case Unknown:
			sure = false
		default:
			passed = false
		}
	}
	return passed && sure, sure || !passed
}

type asking struct {
	ctx      context.Context
	resolver Resolver
}

// texts are the TXT records of a name that begin with the version; a name that
// does not exist has none.
func (a asking) texts(name, version string) ([]string, error) {
	all, err := a.resolver.LookupTXT(a.ctx, name)
	if isAbsent(err) {
		return nil, nil
	}
	found := slices.DeleteFunc(slices.Clone(all), func(text string) bool {
		head, _, _ := strings.Cut(strings.ReplaceAll(text, ";", " "), " ")
		return !strings.EqualFold(head, version)
	})
	return found, err
}

func isAbsent(err error) bool {
	var answer *net.DNSError
	return errors.As(err, &answer) && answer.IsNotFound
}

// spfLookups is how many further questions a record may cost (RFC 7208, 4.6.4).
const spfLookups = 10

func (a asking) spf(about, domain string, wanted Wanted) Finding {
	mechanism := wanted.SPF
	finding := Finding{About: about, Kind: "TXT", Name: domain, Verdict: Fine}
	found, err := a.texts(domain, "v=spf1")
	finding.Found = found
	switch {
	case err != nil:
		finding.Verdict = Unknown
		return finding
	case len(found) == 0:
		finding.Verdict, finding.Value = "missing", "v=spf1 "+mechanism+" ~all"
		return finding
	case len(found) > 1:
		finding.Verdict, finding.Value = "several", merged(found, mechanism, wanted.MustAdmit)
		return finding
	}
	terms := strings.Fields(found[0])
	switch {
	case slices.ContainsFunc(terms, func(term string) bool { return strings.EqualFold(term, "all") || strings.EqualFold(term, "+all") }):
		finding.Verdict = "open"
	case wanted.MustAdmit && !slices.ContainsFunc(terms, func(term string) bool { return strings.EqualFold(strings.TrimPrefix(term, "+"), mechanism) }):
		finding.Verdict = "lacks"
	default:
		lookups, err := a.lookups(domain, 0)
		if err != nil {
			finding.Verdict = Unknown
		} else if lookups > spfLookups {
			finding.Verdict = "long" // which of them can go, its owner alone knows
		}
		return finding
	}
	finding.Value = merged(found, mechanism, wanted.MustAdmit)
	return finding
}

// merged is one record out of what stands there, closed, with the mechanism
// where there must be.
func merged(records []string, mechanism string, must bool) string {
	terms := []string{"v=spf1"}
	end := "~all"
	for _, record := range records {
		for _, term := range strings.Fields(record)[1:] {
			switch lower := strings.ToLower(term); {
			case lower == "-all":
				end = "-all"
			case strings.HasSuffix(lower, "all") && len(lower) <= 4:
			case !slices.Contains(terms, term):
				terms = append(terms, term)
			}
		}
	}
	if must && !slices.Contains(terms, mechanism) {
		terms = slices.Insert(terms, 1, mechanism)
	}
	return strings.Join(append(terms, end), " ")
}

// lookups counts what evaluating a record asks for.
func (a asking) lookups(domain string, depth int) (count int, err error) {
	found, err := a.texts(domain, "v=spf1")
	if err != nil || len(found) != 1 || depth > spfLookups {
		return 0, err
	}
	for _, term := range strings.Fields(strings.ToLower(found[0]))[1:] {
		name, value, _ := strings.Cut(strings.TrimLeft(strings.Replace(term, "=", ":", 1), "+-~?"), ":")
		name, _, _ = strings.Cut(name, "/")
		switch name {
		case "a", "mx", "ptr", "exists":
			count++
		case "include", "redirect":
			below, err := a.lookups(value, depth+1)
			if err != nil {
				return 0, err
			}
			count += 1 + below
		}
		if count > spfLookups {
			break
		}
	}
	return count, nil
}

var spaces = regexp.MustCompile(`\s+`)

func (a asking) dkim(key Key) Finding {
	name, value := key.Record()
	finding := Finding{About: "dkim", Kind: "TXT", Name: name, Value: value}
	found, err := a.resolver.LookupTXT(a.ctx, name)
	finding.Found = found
	switch {
	case err != nil && !isAbsent(err):
		finding.Verdict, finding.Value = Unknown, ""
	case len(found) == 0:
		finding.Verdict = "missing"
	case len(found) == 1 && tag(found[0], "p") == tag(value, "p"):
		finding.Verdict, finding.Value = Fine, ""
	default:
		finding.Verdict = "other"
	}
	return finding
}

// tag is the value of a tag of DKIM's or DMARC's, without white space.
func tag(record, name string) string {
	for part := range strings.SplitSeq(record, ";") {
		if key, value, _ := strings.Cut(part, "="); strings.EqualFold(strings.TrimSpace(key), name) {
			return spaces.ReplaceAllString(value, "")
		}
	}
	return ""
}

// newDMARC is the least that receivers ask for: it changes nothing for anybody.
const newDMARC = "v=DMARC1; p=none"

func (a asking) dmarc(wanted Wanted) Finding {
	finding := Finding{About: "dmarc", Kind: "TXT", Name: "_dmarc." + wanted.Domain}
	// The nearest record on the way up counts (RFC 9989, 4.10).
	for domain := wanted.Domain; strings.Contains(domain, "."); _, domain, _ = strings.Cut(domain, ".") {
		found, err := a.texts("_dmarc."+domain, "v=DMARC1")
		if err != nil {
			finding.Verdict = Unknown
			return finding
		}
		if len(found) == 0 {
			continue
		}
		finding.Name, finding.Found = "_dmarc."+domain, found
		finding.Verdict, finding.Value = judgeDMARC(found, wanted)
		return finding
	}
	finding.Verdict, finding.Value = "missing", newDMARC
	return finding
}

func judgeDMARC(found []string, wanted Wanted) (verdict, value string) {
	if len(found) > 1 {
		return "several", newDMARC
	}
	record, err := dmarc.Parse(found[0])
	if err != nil {
		return "broken", newDMARC
	}
	if record.DKIMAlignment == dmarc.AlignmentStrict && wanted.Bulk != "" && wanted.Bulk != wanted.Domain {
		return "strict", without(found[0], "adkim", "pct", "rf", "ri")
	}
	// RFC 9989 has taken these three away.
	if clean := without(found[0], "pct", "rf", "ri"); clean != without(found[0]) {
		return Outdated, clean
	}
	return Fine, ""
}

// without writes a record again, less some tags.
func without(record string, tags ...string) string {
	var kept []string
	for part := range strings.SplitSeq(record, ";") {
		part = strings.TrimSpace(part)
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !slices.Contains(tags, strings.ToLower(strings.TrimSpace(name))) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "; ")
}

func (a asking) mx(wanted Wanted) Finding {
	finding := Finding{About: "mx", Kind: "MX", Name: wanted.Return, Value: "10 " + wanted.Exchange + "."}
	found, err := a.resolver.LookupMX(a.ctx, wanted.Return)
	for _, one := range found {
		finding.Found = append(finding.Found, strings.TrimSuffix(one.Host, "."))
	}
	switch {
	case err != nil && !isAbsent(err):
		finding.Verdict, finding.Value = Unknown, ""
	case len(found) == 0:
		finding.Verdict = "missing"
	case slices.ContainsFunc(finding.Found, func(host string) bool { return strings.EqualFold(host, wanted.Exchange) }):
		finding.Verdict, finding.Value = Fine, ""
	default:
		finding.Verdict = "other"
	}
	return finding
}
