package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

// patience bounds each step; a busy machine is slow, a hanging page is not.
const patience = 30 * time.Second

// Widths that the design is drawn for.
const (
	Phone = 360
	Desk  = 1280
)

// Person is somebody with a tab and cookies of their own. Whatever a page asks
// of another origin, or complains about in the console, fails the test.
type Person struct {
	t       services.TB
	product *walk.Product
	ctx     context.Context
	loads   chan struct{}
	width   int64
	clicks  int

	mu       sync.Mutex
	status   int
	method   string
	document string
	problems []string
}

// Person opens a tab in a new profile, as wide as a phone.
func (b *Browser) Person(t services.TB, product *walk.Product) *Person {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &Person{t: t, product: product, ctx: ctx, loads: make(chan struct{}, 1)}
	t.Cleanup(func() {
		closeTab()
		p.complain()
	})
	err := chromedp.Listen(ctx, p.observe)
	if err == nil {
		err = chromedp.Do(ctx, enable(network.Enable, network.EnableParams{}), enable(log.Enable, cdp.Empty{}))
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return p.Width(Phone).Dark(false)
}

func enable[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func (p *Person) observe(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *page.EventLoadEventFired:
		select {
		case p.loads <- struct{}{}:
		default:
		}
	case *network.EventRequestWillBeSent:
		p.checkOrigin(e)
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			p.status = int(e.Response.Status)
			p.document, _, _ = strings.Cut(e.Response.URL, "#")
		}
	case *log.EventEntryAdded:
		p.checkEntry(e.Entry)
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			p.problems = append(p.problems, fmt.Sprintf("console: %v", e.Args))
		}
	}
}

// checkOrigin lets a page ask its own origin only; who follows a link may come
// to another community of the same product.
func (p *Person) checkOrigin(e *network.EventRequestWillBeSent) {
	asked, err := url.Parse(e.Request.URL)
	if err != nil {
		p.problems = append(p.problems, "request: "+err.Error())
		return
	}
	if asked.Scheme == "data" {
		return
	}
	if e.Type == network.ResourceTypeDocument {
		p.method = e.Request.Method
		if !p.product.Owns(asked.Host) {
			p.problems = append(p.problems, "left the product for "+e.Request.URL)
		}
		return
	}
	if from, err := url.Parse(e.DocumentURL); err != nil || from.Scheme != asked.Scheme || from.Host != asked.Host {
		p.problems = append(p.problems, fmt.Sprintf("%s asks another origin: %s", e.DocumentURL, e.Request.URL))
	}
}

// checkEntry takes errors and what a policy refused. A page that answers 404
// or 422 itself is for the test to judge.
func (p *Person) checkEntry(entry *log.Entry) {
	address, _, _ := strings.Cut(entry.URL, "#")
	if entry.Source == log.EntrySourceNetwork && address == p.document {
		return
	}
	if entry.Level == log.EntryLevelError || entry.Source == log.EntrySourceSecurity {
		p.problems = append(p.problems, fmt.Sprintf("%s: %s %s", p.document, entry.Text, entry.URL))
	}
}

func (p *Person) complain() {
	p.t.Helper()
	p.mu.Lock()
	problems := p.problems
	p.problems = nil
	p.mu.Unlock()
	if len(problems) > 0 {
		p.t.Fatalf("the browser complains:\n  %s", strings.Join(problems, "\n  "))
	}
}

// do runs one step, bounded.
func do[T any](p *Person, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("%s: %s: %v", p.document, what, err)
	}
	return value
}

func call[P, R any](p *Person, what string, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	return do(p, what, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
}

// Width emulates a screen; Chromium's own windows are never narrower than 500.
func (p *Person) Width(pixels int64) *Person {
	p.t.Helper()
	if pixels == p.width {
		return p
	}
	p.width = pixels
	call(p, "emulate a screen", emulation.SetDeviceMetricsOverride,
		emulation.SetDeviceMetricsOverrideParams{Width: pixels, Height: 800, DeviceScaleFactor: 1, Mobile: pixels < 900})
	return p
}

// Dark chooses the theme. Motion is reduced, so that nobody waits for it.
func (p *Person) Dark(dark bool) *Person {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(p, "choose a theme", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	return p
}

// WithoutScript switches JavaScript off.
func (p *Person) WithoutScript() *Person {
	p.t.Helper()
	call(p, "switch scripts off", emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return p
}

// Carries runs a script before each page's own, beside its policy as developer
// tools are.
func (p *Person) Carries(script string) *Person {
	p.t.Helper()
	call(p, "carry a script", page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	return p
}

// Open types an address.
func (p *Person) Open(address string) *Person {
	p.t.Helper()
	do(p, "open "+address, chromedp.Navigate(address))
	p.complain()
	return p
}

// Go opens a path of the community where one is.
func (p *Person) Go(path string) *Person {
	p.t.Helper()
	return p.Open(p.Location().ResolveReference(&url.URL{Path: "/"}).String() + strings.TrimPrefix(path, "/"))
}

// Location is the address of the page.
func (p *Person) Location() *url.URL {
	p.t.Helper()
	address, err := url.Parse(do(p, "location", chromedp.Location()))
	if err != nil {
		p.t.Fatalf("location: %v", err)
	}
	return address
}

// Status is what the last document answered.
func (p *Person) Status() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Stands tells that the page is there for whoever asks for its address: it does
// not answer a form, nor refuse.
func (p *Person) Stands() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status == http.StatusOK && p.method == http.MethodGet
}

// Source is the page's HTML: as it was sent if it stands, else as it is now.
func (p *Person) Source() string {
	p.t.Helper()
	if p.Stands() {
		return Ask[string](p, "fetch(location.href).then(answer => answer.text())")
	}
	return p.HTML()
}

// HTML is the page as it is now.
func (p *Person) HTML() string {
	p.t.Helper()
	return Ask[string](p, "'<!doctype html>' + document.documentElement.outerHTML")
}

// English is the source of the page in English, "" where there is none.
func (p *Person) English() string {
	p.t.Helper()
	if !p.Stands() {
		return ""
	}
	return Ask[string](p, `(async () => {
		if (document.documentElement.lang !== 'fr' || !document.querySelector('.tongues [lang=en]')) return ''
		const answer = await fetch('/en' + location.pathname + location.search)
		return answer.ok && !answer.redirected ? answer.text() : ''
	})()`)
}

// Picture is the whole page as a PNG, with what loads only when scrolled to.
func (p *Person) Picture() []byte {
	p.t.Helper()
	Ask[bool](p, `(async () => {
		const pictures = [...document.images]
		for (const one of pictures) one.loading = 'eager'
		await Promise.allSettled(pictures.map(one => one.decode()))
		await document.fonts.ready
		return true
	})()`)
	return do(p, "picture", chromedp.FullScreenshot(100))
}

// Paper is the page as it is printed, a PDF.
func (p *Person) Paper() []byte {
	p.t.Helper()
	return call(p, "print", page.PrintToPDF, page.PrintToPDFParams{}).Data
}

// Text is what can be read on the page, plainly spaced and quoted.
func (p *Person) Text() string {
	p.t.Helper()
	return walk.Plain(Ask[string](p, "document.body.innerText"))
}

// Ask evaluates JavaScript as the developer tools do; it works where pages may
// run none.
func Ask[T any](p *Person, expression string) T {
	p.t.Helper()
	return do(p, expression[:min(60, len(expression))], chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Sees waits for words.
func (p *Person) Sees(words ...string) *Person {
	p.t.Helper()
	p.complain()
	text := ""
	for _, one := range words {
		p.until(func() bool {
			text = p.Text()
			return strings.Contains(text, walk.Plain(one))
		}, func() string { return fmt.Sprintf("%s does not say %q but:\n%.3000s", p.document, one, text) })
	}
	return p
}

// Misses fails when the page says the words.
func (p *Person) Misses(words ...string) *Person {
	p.t.Helper()
	text := p.Text()
	for _, one := range words {
		if strings.Contains(text, walk.Plain(one)) {
			p.t.Fatalf("%s says %q", p.document, one)
		}
	}
	return p
}

func (p *Person) until(holds func() bool, complaint func() string) {
	p.t.Helper()
	if !walk.Within(patience/3, holds) {
		p.t.Fatalf("%s", complaint())
	}
}

// find looks for a thing as somebody does who hears the page read aloud.
func (p *Person) find(role, name string) (found cdp.BackendNodeID, names []string) {
	p.t.Helper()
	document := do(p, "document", chromedp.Evaluate[*runtime.RemoteObject]("document"))
	nodes := call(p, "look for "+name, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.ObjectID, Role: role})
	wanted, near := walk.Plain(name), cdp.BackendNodeID(0)
	for _, node := range nodes.Nodes {
		if node.Ignored || node.Name == nil {
			continue
		}
		var spoken string
		if json.Unmarshal(node.Name.Value, &spoken) != nil {
			continue
		}
		spoken = walk.Plain(spoken)
		names = append(names, spoken)
		if spoken == wanted {
			return node.BackendDOMNodeID, nil
		}
		if near == 0 && strings.Contains(spoken, wanted) {
			near = node.BackendDOMNodeID
		}
	}
	return near, names
}

// element waits for the thing of that role and name: the one called exactly
// so, else the first that has it in its name.
func (p *Person) element(name string, roles ...string) runtime.RemoteObjectID {
	p.t.Helper()
	p.complain()
	var node cdp.BackendNodeID
	var seen []string
	p.until(func() bool {
		seen = nil
		for _, role := range roles {
			found, names := p.find(role, name)
			if node = found; node != 0 {
				return true
			}
			seen = append(seen, names...)
		}
		return false
	}, func() string {
		return fmt.Sprintf("%s has no %s %q, only %q", p.document, strings.Join(roles, " or "), name, seen)
	})
	return call(p, "take "+name, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node}).Object.ObjectID
}

// Offers tells whether a link or button of that name is there now.
func (p *Person) Offers(name string) bool {
	p.t.Helper()
	for _, role := range []string{"link", "button"} {
		if found, _ := p.find(role, name); found != 0 {
			return true
		}
	}
	return false
}

func on[T any](p *Person, object runtime.RemoteObjectID, function string, arguments ...any) T {
	p.t.Helper()
	return do(p, "look at a thing", chromedp.CallFunctionOn[T](function,
		func(params *runtime.CallFunctionOnParams) { params.ObjectID = object }, arguments...))
}

type point struct{ X, Y float64 }

// where scrolls to the thing and finds a point of it, or of its label, that
// nothing covers.
const where = `function () {
	this.scrollIntoView({block: 'center', inline: 'center'})
	for (const thing of [this, ...(this.labels ?? [])])
		for (const box of thing.getClientRects()) {
			const [X, Y] = [box.x + box.width / 2, box.y + box.height / 2]
			const hit = document.elementFromPoint(X, Y)
			if (hit && (thing.contains(hit) || hit.contains(thing))) return {X, Y}
		}
	return {X: -1, Y: -1}
}`

// Within fails when the steps take more clicks; what is typed is none.
func (p *Person) Within(most int, what string, steps func()) *Person {
	p.t.Helper()
	before := p.clicks
	steps()
	if clicks := p.clicks - before; clicks > most {
		p.t.Fatalf("%s takes %d clicks, not %d", what, clicks, most)
	}
	return p
}

func (p *Person) click(name string, object runtime.RemoteObjectID) {
	p.t.Helper()
	p.clicks++
	at := on[point](p, object, where)
	if at.X < 0 {
		p.t.Fatalf("%s: %q is covered or out of sight", p.document, name)
	}
	do(p, "click "+name, chromedp.MouseClickXY(at.X, at.Y))
}

// Press clicks a link or button and waits for the page behind it.
func (p *Person) Press(name string) *Person {
	p.t.Helper()
	object := p.element(name, "button", "link")
	select {
	case <-p.loads:
	default:
	}
	p.click(name, object)
	p.arrive(name)
	return p
}

func (p *Person) arrive(after string) {
	p.t.Helper()
	patient := time.NewTimer(patience)
	defer patient.Stop()
	select {
	case <-p.loads:
	case <-patient.C:
		p.t.Fatalf("%s: no page behind %q", p.document, after)
	}
	p.complain()
}

// Leads tells where a link leads whose page no tab shows: a file, or one beyond
// the product. Looking there counts as a click.
func (p *Person) Leads(name string) string {
	p.t.Helper()
	p.clicks++
	return on[string](p, p.element(name, "link"), "function () { return this.href }")
}

// Follow opens a link of a letter at the host where the person is, whose
// cookies are theirs.
func (p *Person) Follow(link string) *Person {
	p.t.Helper()
	address, err := url.Parse(link)
	if err != nil {
		p.t.Fatalf("follow %s: %v", link, err)
	}
	p.clicks++
	return p.Go(address.RequestURI())
}

// Unfold opens what a summary hides.
func (p *Person) Unfold(name string) *Person {
	p.t.Helper()
	p.click(name, p.element(name, "DisclosureTriangle", "DisclosureTriangleGrouped"))
	return p
}

// Choose ticks a box or picks one of several.
func (p *Person) Choose(name string) *Person {
	p.t.Helper()
	object := p.element(name, "radio", "checkbox")
	p.click(name, object)
	if !on[bool](p, object, "function () { return this.checked }") {
		p.t.Fatalf("%s: %q does not stay chosen", p.document, name)
	}
	return p
}

// Untick takes the choice of a box back.
func (p *Person) Untick(name string) *Person {
	p.t.Helper()
	object := p.element(name, "checkbox")
	p.click(name, object)
	if on[bool](p, object, "function () { return this.checked }") {
		p.t.Fatalf("%s: %q stays chosen", p.document, name)
	}
	return p
}

// Pick takes an option of a list.
func (p *Person) Pick(list, option string) *Person {
	p.t.Helper()
	p.clicks++
	object := p.element(list, "combobox", "listbox")
	taken := on[bool](p, object, `function (wanted) {
		const option = [...this.options].find(one => one.label.replaceAll('’', "'").replace(/\s/g, ' ').includes(wanted))
		if (option) { this.value = option.value; this.dispatchEvent(new Event('change', {bubbles: true})) }
		return !!option
	}`, walk.Plain(option))
	if !taken {
		p.t.Fatalf("%s: %q has no option %q", p.document, list, option)
	}
	return p
}

// Fill puts text into a field, over what stands in it.
func (p *Person) Fill(label, text string) *Person {
	p.t.Helper()
	object := p.element(label, "textbox", "searchbox")
	p.click(label, object)
	p.clicks--
	on[chromedp.Void](p, object, "function () { this.select() }")
	if text == "" {
		do(p, "empty "+label, chromedp.KeyEvent(kb.Delete))
		return p
	}
	call(p, "type", input.InsertText, input.InsertTextParams{Text: text})
	return p
}

// Enter presses the key and waits for the page.
func (p *Person) Enter() *Person {
	p.t.Helper()
	select {
	case <-p.loads:
	default:
	}
	p.clicks++
	do(p, "press Enter", chromedp.KeyEvent("\r"))
	p.arrive("Enter")
	return p
}

// Value is what stands in a field.
func (p *Person) Value(label string) string {
	p.t.Helper()
	return on[string](p, p.element(label, "textbox", "searchbox", "combobox"), "function () { return this.value }")
}

// Upload gives a file.
func (p *Person) Upload(label, path string) *Person {
	p.t.Helper()
	p.clicks++
	call(p, "upload", dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: p.element(label, "button")})
	return p
}
