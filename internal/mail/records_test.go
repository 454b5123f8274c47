package mail_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/mail"
	"github.com/kumun/kumun/internal/services"
)

const include = "include:spf.test"

func TestADomainWhoseRecordsAreRightPasses(t *testing.T) {
	dns, signing := services.DNS(t), keys(t)
	wanted := mail.Wanted{Domain: "kumun.test", Bulk: "lettre.kumun.test", Keys: signing, SPF: "a:smtp.kumun.test", Return: "rebonds.kumun.test", Exchange: "mx.kumun.test"}

	missing := mail.Check(t.Context(), dns.Resolver, wanted)
	if passed, sure := mail.Passed(missing); passed || !sure {
		t.Errorf("a domain without records passes: %v", missing)
	}
	// Doing as told is enough.
	for _, finding := range missing {
		switch {
		case finding.Verdict != "missing" || finding.Value == "" || finding.Name == "":
			t.Errorf("%+v", finding)
		case finding.Kind == "MX":
			dns.Exchange(finding.Name, strings.TrimSuffix(strings.TrimPrefix(finding.Value, "10 "), "."))
		default:
			dns.Publish(finding.Name, finding.Value)
		}
	}
	findings := mail.Check(t.Context(), dns.Resolver, wanted)
	if passed, _ := mail.Passed(findings); !passed || len(findings) != 6 {
		t.Errorf("%+v", findings)
	}

	// A provider names its servers as it likes.
	dns.Publish("kumun.test", "v=spf1 include:provider.test -all")
	if passed, _ := mail.Passed(mail.Check(t.Context(), dns.Resolver, wanted)); !passed {
		t.Error("the provider's own record is refused")
	}
	dns.Publish("kumun.test", "v=spf1 include:provider.test +all")
	if findings := mail.Check(t.Context(), dns.Resolver, wanted); findings[0].Verdict != "open" || findings[0].Value != "v=spf1 include:provider.test ~all" {
		t.Errorf("%+v", findings[0])
	}
	dns.Publish("kumun.test", "v=spf1 include:provider.test -all")

	dns.Break("_dmarc.kumun.test", true)
	if passed, sure := mail.Passed(mail.Check(t.Context(), dns.Resolver, wanted)); passed || sure {
		t.Error("a DNS that does not answer passes for one that does")
	}
}

func TestWhatIsWrongWithARecordIsSaidWithTheRightOne(t *testing.T) {
	key := keys(t)[1]
	keyName, keyValue := key.Record()
	for name, test := range map[string]struct {
		about, at      string
		records        []string
		verdict, value string
	}{
		"another sender's SPF": {"spf", "kumun.test", []string{"google-site-verification=1", "v=spf1 include:ovh.test -all"}, "lacks", "v=spf1 include:spf.test include:ovh.test -all"},
		"two SPF":              {"spf", "kumun.test", []string{"v=spf1 include:ovh.test -all", "v=spf1 include:spf.test ~all"}, "several", "v=spf1 include:ovh.test include:spf.test -all"},
		"an SPF for everybody": {"spf", "kumun.test", []string{"v=spf1 include:spf.test +all"}, "open", "v=spf1 include:spf.test ~all"},
		"a right SPF":          {"spf", "kumun.test", []string{"V=SPF1 mx Include:spf.test ?all"}, "fine", ""},
		"an SPF without end":   {"spf", "kumun.test", []string{"v=spf1 include:spf.test a mx exists:1 exists:2 exists:3 exists:4 exists:5 exists:6 exists:7 redirect=spf.test"}, "long", ""},
		"no SPF but text":      {"spf", "kumun.test", []string{"v=spf10 x"}, "missing", "v=spf1 include:spf.test ~all"},
		"another key":          {"dkim", keyName, []string{"v=DKIM1; k=ed25519; p=AAAA"}, "other", keyValue},
		"a withdrawn key":      {"dkim", keyName, []string{"v=DKIM1; p="}, "other", keyValue},
		"the key, spaced":      {"dkim", keyName, []string{strings.Replace(keyValue, "p=", "t=s; p = ", 1)}, "fine", ""},
		"DMARC as it was":      {"dmarc", "_dmarc.kumun.test", []string{"v=DMARC1; p=quarantine; pct=50; rf=afrf; ri=3600; rua=mailto:a@kumun.test;"}, "outdated", "v=DMARC1; p=quarantine; rua=mailto:a@kumun.test"},
		"DMARC as it is":       {"dmarc", "_dmarc.kumun.test", []string{"v=DMARC1; p=reject; np=reject; t=y; psd=n"}, "fine", ""},
		"two DMARC":            {"dmarc", "_dmarc.kumun.test", []string{"v=DMARC1; p=none", "v=DMARC1; p=reject"}, "several", "v=DMARC1; p=none"},
		"no policy":            {"dmarc", "_dmarc.kumun.test", []string{"v=DMARC1; p=perhaps"}, "broken", "v=DMARC1; p=none"},
		"strict":               {"dmarc", "_dmarc.kumun.test", []string{"v=DMARC1; p=none; adkim=s"}, "strict", "v=DMARC1; p=none"},
		"no record":            {"dmarc", "_dmarc.kumun.test", nil, "missing", "v=DMARC1; p=none"},
	} {
		t.Run(name, func(t *testing.T) {
			dns := services.DNS(t)
			dns.Publish(test.at, test.records...)

			findings := mail.Check(t.Context(), dns.Resolver, mail.Wanted{Domain: "kumun.test", Bulk: "lettre.kumun.test", Keys: []mail.Key{key}, SPF: include, MustAdmit: true})

			found := findings[slices.IndexFunc(findings, func(one mail.Finding) bool { return one.About == test.about })]
			if found.Verdict != test.verdict || found.Value != test.value {
				t.Errorf("%+v", found)
			}
			if strings.Contains(found.Value, "pct") || strings.Contains(found.Value, "ri=") || strings.Contains(found.Value, "rf=") {
				t.Errorf("advises what RFC 9989 took away: %s", found.Value)
			}
		})
	}
}

func TestTheDMARCOfTheDomainAboveCounts(t *testing.T) {
	dns := services.DNS(t)
	dns.Publish("_dmarc.kumun.test", "v=DMARC1; p=reject")

	findings := mail.Check(t.Context(), dns.Resolver, mail.Wanted{Domain: "cornouaille.kumun.test", SPF: include})

	if last := findings[len(findings)-1]; last.Verdict != mail.Fine || last.Name != "_dmarc.kumun.test" {
		t.Errorf("%+v", last)
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"v=spf1", "v=spf1 include: ~all", "v=DMARC1;p=none;;=", "v=DKIM1; p", "v=spf1 all", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, record string) {
		mail.Check(t.Context(), saying{record}, mail.Wanted{Domain: "kumun.test", SPF: include})
	})
}

// saying answers every question with the same record.
type saying struct{ record string }

func (s saying) LookupTXT(context.Context, string) ([]string, error) { return []string{s.record}, nil }

func (s saying) LookupMX(context.Context, string) ([]*net.MX, error) { return nil, nil }
