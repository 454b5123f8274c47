package posts

import (
	"github.com/a-h/templ"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/web/kit"
)

// face is what sets a kind's pages apart: with community's rules for the kind,
// all there is to write for a new one.
type face struct {
	// section is the menu's, write the address at which one is written.
	section, write string
	icon           string
	// fields are the form's, above those that all kinds share; read and fill
	// bring them into a draft and back.
	fields func(*kit.Request, writing) templ.Component
	read   func(*kit.Request, *kit.Form, *community.Draft)
	fill   func(*kit.Request, *community.Post, *kit.Form)
	// body is the piece itself, below its title.
	body func(*kit.Request, *reading) templ.Component
}

var faces = map[community.Kind]face{
	community.Tip:      {section: "tips", write: "/ecrire/bon-plan", icon: "compass", fields: text, body: told},
	community.Offer:    {section: "offers", write: "/ecrire/annonce", icon: "gift", fields: offerFields, body: told},
	community.Event:    eventFace,
	community.Question: {section: "questions", write: "/ecrire/question", icon: "chat-circle", fields: text, body: told},
	community.Guide:    guideFace,
}

// text is the one long field of most kinds.
func text(r *kit.Request, w writing) templ.Component { return textField(r, w) }

// told is the text as it was written.
func told(r *kit.Request, p *reading) templ.Component { return toldText(r, p) }

func offerFields(r *kit.Request, w writing) templ.Component { return offerForm(r, w) }

func section(kind community.Kind) string { return faces[kind].section }
