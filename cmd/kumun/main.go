// Command kumun runs communities.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // communities have zones, machines may not

	"github.com/alecthomas/kong"

	"github.com/kumun/kumun/internal/fault"
)

var version = "dev"

// commands is the command line.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Open the demonstration communities."`
	Serve   serveCommand   `cmd:"" help:"Answer requests (and run jobs, unless --no-worker)."`
	Worker  workerCommand  `cmd:"" help:"Run jobs only."`
	Migrate migrateCommand `cmd:"" help:"Bring the store's schema up to date."`
	Tenant  struct {
		Create tenantCreateCommand `cmd:"" help:"Open a community."`
		List   tenantListCommand   `cmd:"" help:"List communities."`

		Languages tenantLanguagesCommand `cmd:"" help:"Say which languages a community has."`
	} `cmd:"" help:"Communities."`
	Member struct {
		Link memberLinkCommand `cmd:"" help:"Print a one-time sign-in link."`
	} `cmd:"" help:"Members of a community."`
	Staff struct {
		Link staffLinkCommand `cmd:"" help:"Print a one-time link to the operator's console."`
	} `cmd:"" help:"The operator's people."`
	Jobs struct {
		Stuck jobsStuckCommand `cmd:"" help:"List work that failed and letters that did not leave."`
		Again jobsAgainCommand `cmd:"" help:"Try some of it again."`
	} `cmd:"" help:"Work that nobody waits for."`
	Import  importCommand  `cmd:"" help:"Bring a file's content into a community."`
	Doctor  doctorCommand  `cmd:"" help:"Tell what is set, what answers and what is missing."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("kumun", version)
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line commands
	parser, err := kong.New(&line, kong.Name("kumun"), kong.Description("Runs the communities of an association, a consortium or a territory."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		panic(err)
	}
	parsed, err := parser.Parse(os.Args[1:])
	if err != nil {
		parser.Errorf("%s", err)
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			_ = usage.Context.PrintUsage(true)
		}
		os.Exit(2)
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "kumun:", told(err))
		os.Exit(1)
	}
}

// told is an error as the command line tells it.
func told(err error) string {
	var invalid *fault.Invalid
	if errors.As(err, &invalid) {
		text := ""
		for _, field := range invalid.Fields {
			text += fmt.Sprintf("%s: %s; ", field.Name, english.T(field.Key, pairs(field.Args)...))
		}
		return text[:len(text)-2]
	}
	return err.Error()
}

func pairs(args map[string]any) []any {
	var flat []any
	for name, value := range args {
		flat = append(flat, name, value)
	}
	return flat
}
