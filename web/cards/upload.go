package cards

import (
	"fmt"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/web/kit"
)

// TakePicture reads what a PictureField says. A new picture is taken in and noted
// in the form, so that it is kept while other fields are mended.
func TakePicture(r *kit.Request, pictures *community.Pictures, form *kit.Form) (id.ID, error) {
	if file, sent := form.File("picture"); sent {
		content, err := file.Open()
		if err != nil {
			return 0, fmt.Errorf("open picture: %w", err)
		}
		defer func() { _ = content.Close() }()
		picture, err := pictures.Add(r.Context(), r.Actor, content, form.Value("alt"))
		if err != nil {
			return 0, err
		}
		form.Values.Set("picture_id", picture.ID.String())
	}
	if form.Has("no_picture", "yes") {
		form.Values.Del("picture_id")
		form.Values.Del("no_picture")
	}
	text := form.Value("picture_id")
	if text == "" {
		return 0, nil
	}
	picture, err := id.Parse(text)
	if err != nil {
		return 0, fault.InvalidField("picture", "error.community.picture_gone")
	}
	return picture, nil
}
