package main

// What the route walk needs of the wiring. No import here: tests stand outside.
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
