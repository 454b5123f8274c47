package transfer_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kumun/kumun/transfer"
)

var tuesday = time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)

const small = `{
  "format": "kumun/1",
  "tenant": {"slug": "crozon", "name": "Crozon", "languages": ["fr"], "zone": "Europe/Paris"},
  "members": [
    {"key": "anna", "name": "Anna B.", "since": "-9d"},
    {"key": "tom", "name": "Tom C.", "since": "-9d", "roles": ["partner"], "email": "Tom@Example.org"}
  ],
  "groups": [{"key": "surf", "name": "Surf", "purpose": "Glisser.", "join": "open", "owner": "anna"}],
  "posts": [
    {"key": "vague", "kind": "tip", "title": "La vague", "text": "Tôt.", "by": "anna", "group": "surf", "posted": "-3d",
     "months": [12, 1], "thanks": 9, "comments": [{"key": "oui", "by": "tom", "at": "-2d", "text": "Oui."}]}
  ],
  "plans": [{"key": "adresse", "name": "Adresse", "price_cents": 1900}],
  "listings": [
    {"key": "ker", "name": "Ker (exemple)", "trade": "bar", "owner": "tom", "text": "Ici.", "plan": "adresse",
     "state": "live", "since": "-8d", "hours": {"2": ["12:00-14:00", "19:00-21:30"]},
     "closed": [{"from": "12-24", "to": "01-03"}]}
  ],
  "reports": [
    {"key": "faux", "on": {"kind": "comment", "key": "oui"}, "name": "Odile", "email": "odile@example.org",
     "reason": "Non.", "category": "other", "at": "-1h", "harm": 1}
  ]
}`

func TestFileIsReadWhole(t *testing.T) {
	file, homeless, err := transfer.Parse(strings.NewReader(small), tuesday)

	if err != nil || len(homeless) != 0 {
		t.Fatalf("homeless %v, error %v", homeless, err)
	}
	if file.Tenant.Slug != "crozon" || file.Tenant.Settings.Zone != "Europe/Paris" {
		t.Errorf("tenant is %+v", file.Tenant)
	}
	if file.Members[0].Email != "anna@example.org" || file.Members[1].Email != "tom@example.org" {
		t.Errorf("addresses are %s and %s", file.Members[0].Email, file.Members[1].Email)
	}
	if !slices.Equal(file.Groups[0].Members, []string{"anna"}) {
		t.Errorf("the owner does not belong: %v", file.Groups[0].Members)
	}
	post := file.Posts[0]
	if !post.Posted.Equal(tuesday.AddDate(0, 0, -3)) || !slices.Equal(post.Months, []int{1, 12}) || len(post.Comments) != 1 {
		t.Errorf("post is %+v", post)
	}
	if !slices.Equal(file.Thankers(post), []string{"tom"}) {
		t.Errorf("thankers are %v", file.Thankers(post))
	}
	if spans := file.Listings[0].Hours[2]; len(spans) != 2 || spans[1] != (transfer.Span{From: "19:00", To: "21:30"}) {
		t.Errorf("hours are %v", spans)
	}
	if file.Reports[0].On != (transfer.Target{Kind: "comment", Key: "oui"}) {
		t.Errorf("report is on %v", file.Reports[0].On)
	}
}

func TestEachProblemNamesItsPlace(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"unknown key":         {`"slug": "crozon"`, `"slug": "crozon", "colour": 1`, "$.tenant.colour: unknown key"},
		"unknown section":     {`"format"`, `"poems": [], "format"`, "$.poems: unknown key"},
		"format":              {`kumun/1`, `kumun/2`, `$.format: want "kumun/1"`},
		"zone":                {`Europe/Paris`, `Europe/Ys`, `$.tenant.zone: "Europe/Ys" is no time zone`},
		"slug":                {`"slug": "crozon"`, `"slug": "Crozon!"`, "$.tenant.slug"},
		"look":                {`"slug": "crozon"`, `"slug": "crozon", "look": {"brand": "blue"}`, "$.tenant.look: read colour"},
		"language unknown":    {`"languages": ["fr"]`, `"languages": ["fr", "de"]`, `$.tenant.languages[1]: "de" is none of`},
		"translation alone":   {`"format"`, `"translations": [], "format"`, "$.translations: unknown key"},
		"look preset":         {`"slug": "crozon"`, `"slug": "crozon", "look": "mauve"`, "$.tenant.look: want"},
		"hero":                {`"slug": "crozon"`, `"slug": "crozon", "hero": {"question": "Un *mot ?"}`, "$.tenant.hero.question"},
		"doors":               {`"slug": "crozon"`, `"slug": "crozon", "doors": [{"title": "Ici"}]`, "$.tenant.doors: has 1 entries"},
		"role":                {`["partner"]`, `["king"]`, `$.members[1].roles[0]: "king" is none of`},
		"same address":        {`Tom@Example.org`, `anna@example.org`, "$.members[1].email: anna@example.org is already"},
		"bad address":         {`Tom@Example.org`, `tom`, "$.members[1].email"},
		"duplicate key":       {`"key": "tom"`, `"key": "anna"`, `$.members[1].key: "anna" is taken`},
		"missing key":         {`"key": "anna", `, ``, "$.members[0].key: is missing"},
		"missing name":        {`"name": "Anna B.", `, ``, "$.members[0].name: is missing"},
		"field twice":         {`"name": "Anna B."`, `"name": "Anna B.", "name": "Eve"`, "$.members[0].name: is there twice"},
		"future":              {`"posted": "-3d"`, `"posted": "+3d"`, "$.posts[0].posted: lies in the future"},
		"date":                {`"posted": "-3d"`, `"posted": "hier"`, "$.posts[0].posted: date"},
		"author":              {`"by": "anna"`, `"by": "eve"`, `$.posts[0].by: there is no member "eve"`},
		"outsider":            {`"by": "anna"`, `"by": "tom"`, `$.posts[0].by: "tom" is not a member of the group "surf"`},
		"group":               {`"group": "surf"`, `"group": "ski"`, `$.posts[0].group: there is no group "ski"`},
		"kind":                {`"kind": "tip"`, `"kind": "poem"`, `$.posts[0].kind: "poem" is none of tip, offer`},
		"offer without offer": {`"kind": "tip"`, `"kind": "offer"`, "$.posts[0].offer: is missing"},
		"priced tip":          {`"kind": "tip"`, `"kind": "tip", "price_cents": 5`, "$.posts[0].kind: only an offer has offer"},
		"priced gift":         {`"kind": "tip"`, `"kind": "offer", "offer": "give", "price_cents": 5`, "$.posts[0].price_cents"},
		"long title":          {`La vague`, strings.Repeat("é", 61), "$.posts[0].title: has 61 signs, at most 60 fit"},
		"long text":           {`Tôt.`, strings.Repeat("é", 10_001), "$.posts[0].text: has 10001 signs"},
		"empty text":          {`"Tôt."`, `"  "`, "$.posts[0].text: is missing"},
		"control sign":        {`Tôt.`, `T\u0000t`, "$.posts[0].text: holds a control sign"},
		"title of two lines":  {`La vague`, `La\nvague`, "$.posts[0].title: must be one line"},
		"month":               {`[12, 1]`, `[13]`, "$.posts[0].months[0]: 13 is not from 1 to 12"},
		"fraction":            {`"thanks": 9`, `"thanks": 9.5`, "$.posts[0].thanks: want a whole number"},
		"held and thanked":    {`"thanks": 9`, `"thanks": 9, "held": true`, "$.posts[0].held"},
		"early comment":       {`"at": "-2d"`, `"at": "-4d"`, "$.posts[0].comments[0].at: comes before"},
		"long comment":        {`Oui.`, strings.Repeat("o", 4_001), "$.posts[0].comments[0].text"},
		"comments":            {`[{"key": "oui"`, `[3, {"key": "oui"`, "$.posts[0].comments[0]: want an object"},
		"owner":               {`"owner": "tom"`, `"owner": "anna"`, "$.listings[0].owner: there is no member with the role partner"},
		"plan":                {`"plan": "adresse"`, `"plan": "or"`, `$.listings[0].plan: there is no plan "or"`},
		"hours":               {`"19:00-21:30"`, `"13:00-21:30"`, "$.listings[0].hours.2[1]"},
		"weekday":             {`{"2": [`, `{"8": [], "2": [`, "$.listings[0].hours.8: unknown key"},
		"closing":             {`"12-24"`, `"24-12"`, "$.listings[0].closed[0].from"},
		"target":              {`"key": "oui"}`, `"key": "non"}`, `$.reports[0].on.key: there is no comment "non"`},
		"reporter":            {`"name": "Odile", `, ``, "$.reports[0].by: want a member's key"},
		"harm":                {`"harm": 1`, `"harm": 6`, "$.reports[0].harm: 6 is not from 1 to 5"},
		"letter of nobody":    {`"plans": [`, `"letters": [{"key": "a", "by": "eve", "subject": "Salut", "parts": [{"text": "Oui."}]}], "plans": [`, `$.letters[0].by: there is no member "eve"`},
		"letter of a piece":   {`"plans": [`, `"letters": [{"key": "a", "by": "anna", "subject": "Salut", "parts": [{"post": "none"}]}], "plans": [`, `$.letters[0].parts[0].post: there is no post "none"`},
		"letter of two":       {`"plans": [`, `"letters": [{"key": "a", "by": "anna", "subject": "Salut", "parts": [{"text": "Oui.", "heading": "Oui"}]}], "plans": [`, "$.letters[0].parts[0].text: want one of"},
		"empty letter":        {`"plans": [`, `"letters": [{"key": "a", "by": "anna", "subject": "Salut"}], "plans": [`, "$.letters[0].parts: want 1 to 30"},
		"letter to come":      {`"plans": [`, `"letters": [{"key": "a", "by": "anna", "subject": "Salut", "sent": "+1d", "parts": [{"text": "Oui."}]}], "plans": [`, "$.letters[0].sent: lies in the future"},
		"many topics":         {`"thanks": 9`, `"topics": ["a", "b", "c", "d", "e", "f"]`, "$.posts[0].topics: has 6 entries"},
		"category":            {`"other"`, `"boring"`, "$.reports[0].category"},
		"wrong type":          {`"reports": [`, `"reports": {}, "rest": [`, "$.reports: want a list"},
		"homeless type":       {`"format"`, `"meetings": 3, "format"`, "$.meetings: want a list"},
		"not JSON":            {`"plans": [`, `"plans": [,`, "$: not JSON, near line 13"},
		"cut short":           {"\n}", "", "$: not JSON"},
		"more than one":       {"\n}", "\n}{}", "$: not JSON, near line 23: something follows"},
		"endless key":         {`"slug": "crozon"`, `"` + strings.Repeat("k", 61) + `": 1, "slug": "crozon"`, "a key of 61 bytes"},
		"too deep":            {`"Tôt."`, strings.Repeat("[", 60) + strings.Repeat("]", 60), "nested more than"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, test.old, test.new, 1)
			if text == small {
				t.Fatalf("%q is not in the file", test.old)
			}

			file, _, err := transfer.Parse(strings.NewReader(text), tuesday)

			var problems transfer.Problems
			if !errors.As(err, &problems) || file != nil {
				t.Fatalf("file %v, error %v", file, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("problems are:\n%v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	text := strings.NewReplacer(`"kind": "tip"`, `"kind": "poem"`, `"harm": 1`, `"harm": 9`, `"state": "live"`, `"state": "asleep"`).Replace(small)

	_, _, err := transfer.Parse(strings.NewReader(text), tuesday)

	var problems transfer.Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Errorf("problems are:\n%v", err)
	}
}

func TestFileOfTheWorkingGroupIsReadAndItsRestNamed(t *testing.T) {
	file, homeless, err := transfer.Parse(bytes.NewReader(transfer.Demo("groupe-de-travail-2019")), tuesday)

	if err != nil {
		t.Fatal(err)
	}
	settings := file.Tenant.Settings
	if file.Tenant.Slug != "cornouaille" || settings.Legal.Publisher != "Association de démonstration (exemple)" || settings.Language != "fr" {
		t.Errorf("tenant is %+v", file.Tenant)
	}
	want := []transfer.Homeless{
		{Path: "$.working_groups", What: "working_groups", Count: 2},
		{Path: "$.meetings", What: "meetings", Count: 6},
		{Path: "$.dot_vote", What: "dot_vote", Count: 1},
		{Path: "$.benchmark", What: "benchmark", Count: 31},
	}
	if !slices.Equal(homeless, want) {
		t.Errorf("homeless are %v", homeless)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add(`{"format":"kumun/1","posts":[{"text":[[[]]]}]}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, text string) {
		file, _, err := transfer.Parse(strings.NewReader(text), tuesday)
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
	})
}
