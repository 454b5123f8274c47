package main

// What tests need of the wiring. No import here: tests stand outside.
var (
	Furnish = furnish
	Door    = (*rooms).door

	KeepFigures = (*rooms).keepFigures
)

// The settings that they take.
type (
	StoreSettings = storeSettings
	Settings      = settings
)

// ShowLetters opens the mailbox of the demonstration.
func (r *rooms) ShowLetters() { r.mailbox = true }

// What loads a demonstration community.
type DemoCommand = demoCommand

// Load takes the command, the rooms and the community's name.
var Load = demoCommand.load

// Index is the rooms' search.
func Index(r *rooms) any { return r.search }
