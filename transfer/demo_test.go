package transfer_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/kumun/kumun/tenants"
	"github.com/kumun/kumun/transfer"
)

func demonstration(t *testing.T, name string, now time.Time) *transfer.File {
	t.Helper()
	file, homeless, err := transfer.Parse(bytes.NewReader(transfer.Demo(name)), now)
	if err != nil || len(homeless) != 0 {
		t.Fatalf("%s at %v: homeless %v, problems:\n%v", name, now, homeless, err)
	}
	return file
}

func TestDemonstrationsOpenAtAnyHour(t *testing.T) {
	for _, day := range []time.Time{tuesday, time.Date(2027, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)} {
		for minutes := 0; minutes < 24*60; minutes += 55 {
			now := day.Truncate(24 * time.Hour).Add(time.Duration(minutes) * time.Minute)
			for _, name := range transfer.Demos {
				demonstration(t, name, now)
			}
		}
	}
}

func TestCornouailleIsAlive(t *testing.T) {
	file := demonstration(t, "cornouaille", tuesday)

	var fresh, expired, held, comments int
	seasons := map[int]bool{}
	for _, post := range file.Posts {
		if post.Posted.After(tuesday.AddDate(0, 0, -7)) {
			fresh++
		}
		if !post.Until.IsZero() && post.Until.Before(tuesday) {
			expired++
		}
		if post.Held {
			held++
		}
		for _, month := range post.Months {
			seasons[month] = true
		}
		comments += len(post.Comments)
	}
	atLeast(t, "posts", len(file.Posts), 60)
	atLeast(t, "members", len(file.Members), 25)
	atLeast(t, "groups", len(file.Groups), 8)
	atLeast(t, "listings", len(file.Listings), 10)
	atLeast(t, "reports", len(file.Reports), 5)
	atLeast(t, "subscribers", len(file.Subscribers.People), 5)
	atLeast(t, "letters", len(file.Letters), 3)
	atLeast(t, "posts of the last week", fresh, 8)
	atLeast(t, "held posts", held, 1)
	atLeast(t, "comments", comments, 150)
	atLeast(t, "months with posts of their own", len(seasons), 12)
	if expired != 2 {
		t.Errorf("%d offers have expired, want 2", expired)
	}
	for _, group := range file.Groups {
		if len(group.Members) < 3 || len(group.Members) > 14 {
			t.Errorf("%s has %d members, want 3 to 14", group.Key, len(group.Members))
		}
	}
	if number := issue(file, tuesday); number != 47 {
		t.Errorf("this is issue %d, want 47", number)
	}
}

func TestVillerayIsAnotherPlace(t *testing.T) {
	file := demonstration(t, "villeray", tuesday)

	counts := []int{len(file.Posts), len(file.Groups), len(file.Listings), len(file.Members)}
	if !slices.Equal(counts, []int{15, 3, 2, 9}) {
		t.Errorf("posts, groups, listings, members are %v", counts)
	}
	if number := issue(file, tuesday); number != 112 {
		t.Errorf("this is issue %d, want 112", number)
	}
	if file.Tenant.Settings.Currency != "CAD" || file.Tenant.Settings.Look.Titles != "grotesk" {
		t.Errorf("settings are %+v", file.Tenant.Settings)
	}
}

// issue is the number of the week, as the tenant counts it.
func issue(file *transfer.File, now time.Time) int {
	tenant := tenants.Tenant{Settings: file.Tenant.Settings}
	number, _, _ := tenant.Issue(now)
	return number
}

// TestInventedPeopleStayInvented holds the rules of the demonstration: nobody
// and no business that exists can be called, written to or mistaken for one.
func TestInventedPeopleStayInvented(t *testing.T) {
	phones := map[string]*regexp.Regexp{
		"cornouaille": regexp.MustCompile(`^02 61 91 \d\d \d\d$`),
		"villeray":    regexp.MustCompile(`^514 555-01\d\d$`),
	}
	digits := regexp.MustCompile(`\d{9,}|\b0\d( \d\d){4}\b|\b\d{3} \d{3}-?\d{4}\b`)
	for name, phone := range phones {
		file := demonstration(t, name, tuesday)
		legal := file.Tenant.Settings.Legal

		numbers := []string{legal.Phone, legal.HostPhone}
		addresses := []string{legal.Email}
		for _, listing := range file.Listings {
			if !strings.HasSuffix(listing.Name, "(exemple)") {
				t.Errorf("%s does not say that it is an example", listing.Name)
			}
			numbers = append(numbers, listing.Phone)
			addresses = append(addresses, listing.Email)
		}
		for _, member := range file.Members {
			addresses = append(addresses, member.Email)
		}
		for _, report := range file.Reports {
			if report.Email != "" {
				addresses = append(addresses, report.Email)
			}
		}
		if file.Subscribers != nil {
			for _, subscriber := range file.Subscribers.People {
				addresses = append(addresses, subscriber.Email)
			}
		}
		for _, number := range numbers {
			if !phone.MatchString(number) {
				t.Errorf("%s: %q is outside the numbers kept for fiction", name, number)
			}
		}
		for _, address := range addresses {
			if !strings.HasSuffix(address, "@example.org") {
				t.Errorf("%s: %q could be somebody's", name, address)
			}
		}
		for _, post := range file.Posts {
			if found := digits.FindString(post.Title + post.Text); found != "" {
				t.Errorf("%s: %s holds the number %s", name, post.Key, found)
			}
		}
	}
}

// shortest is how many words a text has at least; a question asks in few.
var shortest = map[string]int{"tip": 40, "offer": 40, "event": 40, "question": 20, "guide": 40}

// chapters are the texts of a post, each by its name.
func chapters(post transfer.Post) map[string]string {
	if post.Guide == nil {
		return map[string]string{"text": post.Text}
	}
	all := map[string]string{"living": post.Guide.Living}
	for _, section := range post.Guide.Sections {
		all[section.Heading] = section.Text
	}
	return all
}

// TestTextsAreKept holds what an editor would: lengths and typography.
func TestTextsAreKept(t *testing.T) {
	for _, name := range transfer.Demos {
		for _, post := range demonstration(t, name, tuesday).Posts {
			if strings.Contains(post.Title+post.Standfirst+post.Text, "'") {
				t.Errorf("%s: %s holds a straight apostrophe", name, post.Key)
			}
			for what, text := range chapters(post) {
				if words := len(strings.Fields(text)); words > 140 || words < shortest[post.Kind] {
					t.Errorf("%s: %s of %s has %d words", name, what, post.Key, words)
				}
			}
			for _, comment := range post.Comments {
				if utf8.RuneCountInString(comment.Text) > 400 {
					t.Errorf("%s: a comment of %s is long: %s", name, post.Key, comment.Text)
				}
			}
		}
	}
}

func TestTriesFindSomething(t *testing.T) {
	for _, name := range transfer.Demos {
		file := demonstration(t, name, tuesday)
		for _, try := range file.Tenant.Settings.Hero.Tries {
			found := slices.ContainsFunc(file.Posts, func(post transfer.Post) bool {
				return !post.Held && holdsAll(post.Title+" "+post.Standfirst+" "+post.Text, try)
			})
			if !found {
				t.Errorf("%s: no post holds all words of %q", name, try)
			}
		}
	}
}

// holdsAll tells whether the text has every word of the query that carries
// meaning, whatever its accents and its plural.
func holdsAll(text, query string) bool {
	have := words(text)
	for _, word := range words(query) {
		if len(word) > 3 && !slices.Contains(have, word) {
			return false
		}
	}
	return true
}

func words(text string) []string {
	plain := strings.Map(func(sign rune) rune {
		switch {
		case sign >= 0x300 && sign < 0x370:
			return -1
		case sign >= 'a' && sign <= 'z' || sign >= '0' && sign <= '9':
			return sign
		}
		return ' '
	}, norm.NFD.String(strings.ToLower(text)))
	found := strings.Fields(plain)
	for n, word := range found {
		found[n] = strings.TrimRight(word, "sx")
	}
	return found
}

func atLeast(t *testing.T, what string, got, want int) {
	t.Helper()
	if got < want {
		t.Errorf("%d %s, want at least %d", got, what, want)
	}
}
