// Package media serves pictures and the drawings that stand in for them.
package media

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/kumun/kumun/community"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
	"github.com/kumun/kumun/web/covers"
	"github.com/kumun/kumun/web/kit"
)

// A picture's address names its content; a drawing follows the community's
// colours, which may change.
const (
	forEver = "public, max-age=31536000, immutable"
	aDay    = "public, max-age=86400"
)

type files struct{ pictures *community.Pictures }

// Mount adds the files to the route table.
func Mount(routes *kit.Routes, pictures *community.Pictures) {
	f := files{pictures}
	routes.Get("/images/:tail", kit.Anyone, f.picture)
	routes.Get("/couvertures/:tail", kit.Anyone, cover)
}

var pictureName = regexp.MustCompile(`^[0-9a-f]{32}-[0-9]{1,4}\.webp$`)

func (f files) picture(r *kit.Request) error {
	name := r.Param("tail")
	if !pictureName.MatchString(name) {
		return fault.NotFound
	}
	content, err := f.pictures.File(r.Tenant.ID, name)
	if err != nil {
		return err
	}
	return send(r, "image/webp", forEver, content)
}

// plain are the drawings of pages that are about no piece.
var plain = map[string]string{"perdu.svg": "carte", "vide.svg": "bol"}

// HeroPath is the address of the drawing at the top of the home page.
const HeroPath = "/couvertures/ouverture.svg"

// cover draws again what an address says: KIND-PIECE[.SALT]-MOTIF-GROUND.svg.
func cover(r *kit.Request) error {
	tail := r.Param("tail")
	seeds := r.Tenant.Settings.Look
	if tail == strings.TrimPrefix(HeroPath, "/couvertures/") {
		return send(r, "image/svg+xml", aDay, covers.Hero(seeds))
	}
	if motif, known := plain[tail]; known {
		piece := covers.Piece{Tenant: r.Tenant.Slug, ID: tail, Motif: motif}
		return send(r, "image/svg+xml", aDay, covers.SVG(seeds, piece, covers.Choose(seeds, piece)))
	}
	name, isSVG := strings.CutSuffix(tail, ".svg")
	parts := strings.SplitN(name, "-", 3)
	if !isSVG || len(parts) != 3 {
		return fault.NotFound
	}
	choice, known := covers.ParseChoice(parts[2])
	if !known {
		return fault.NotFound
	}
	piece, salt, _ := strings.Cut(parts[1], ".")
	if _, err := id.Parse(piece); err != nil {
		return fmt.Errorf("cover: %w: %w", fault.NotFound, err)
	}
	drawing := 0
	if salt != "" {
		var err error
		if drawing, err = strconv.Atoi(salt); err != nil {
			return fmt.Errorf("cover: %w: %w", fault.NotFound, err)
		}
	}
	svg := covers.SVG(seeds, covers.Piece{Tenant: r.Tenant.Slug, ID: piece, Kind: parts[0], Salt: drawing}, choice)
	return send(r, "image/svg+xml", aDay, svg)
}

func send(r *kit.Request, kind, cache string, content []byte) error {
	header := r.Gin.Writer.Header()
	header.Set("Cache-Control", cache)
	header.Set("X-Content-Type-Options", "nosniff")
	// A drawing opened on its own runs nothing.
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	header.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Gin.Request.Method == http.MethodHead {
		header.Set("Content-Type", kind)
		r.Gin.Status(http.StatusOK)
		return nil
	}
	r.Gin.Data(http.StatusOK, kind, content)
	return nil
}
