// Screenshots pictures every shape of page into .build/screenshots, at both
// widths and in both themes; with --markup it writes their HTML there instead,
// in French and in English:
//
//	go run ./e2e/screenshots [--markup]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

const folder = ".build/screenshots"

func main() {
	markup := flag.Bool("markup", false, "write HTML, no pictures")
	flag.Parse()
	program := &services.Program{}
	defer program.Close()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		program.Fatalf("%v", err)
	}
	written := 0
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			program.Fatalf("%v", err)
		}
		written++
	}
	product := walk.Start(program)
	shapes := append(browser.OpenShapes(product), browser.MemberShapes(product)...)
	browser.Start(program).Tour(program, product, shapes, func(shape browser.Shape, person *browser.Person) {
		fmt.Println(shape.Name)
		if !*markup {
			for _, look := range browser.Looks {
				write(fmt.Sprintf("%s-%s.png", shape.Name, look), person.At(look).Picture())
			}
			return
		}
		write(shape.Name+".html", []byte(person.Source()))
		if english := person.English(); english != "" {
			write(shape.Name+"-in-english.html", []byte(english))
		}
	})
	fmt.Printf("\n%d files in %s\n", written, folder)
}
