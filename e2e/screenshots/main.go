// Screenshots pictures every shape of page into .build/screenshots, at both
// widths and in both themes:
//
//	go run ./e2e/screenshots
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kumun/kumun/e2e/browser"
	"github.com/kumun/kumun/e2e/walk"
	"github.com/kumun/kumun/internal/services"
)

const folder = ".build/screenshots"

func main() {
	program := &services.Program{}
	defer program.Close()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		program.Fatalf("%v", err)
	}
	product := walk.Start(program)
	shapes := append(browser.OpenShapes(product), browser.MemberShapes(product)...)
	browser.Start(program).Tour(program, product, shapes, func(shape browser.Shape, person *browser.Person) {
		for _, look := range browser.Looks {
			path := filepath.Join(folder, fmt.Sprintf("%s-%s.png", shape.Name, look))
			if err := os.WriteFile(path, person.At(look).Picture(), 0o644); err != nil {
				program.Fatalf("%v", err)
			}
		}
		fmt.Println(shape.Name)
	})
	fmt.Printf("\n%d pictures in %s\n", len(shapes)*len(browser.Looks), folder)
}
