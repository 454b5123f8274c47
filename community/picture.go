package community

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"time"

	encode "github.com/gen2brain/webp"
	"github.com/uptrace/bun"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/kumun/kumun/internal/actor"
	"github.com/kumun/kumun/internal/blob"
	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/database"
	"github.com/kumun/kumun/internal/fault"
	"github.com/kumun/kumun/internal/id"
)

// What a picture may be.
const (
	MaxPictureBytes  = 12 << 20
	maxPictureSide   = 12_000
	maxPicturePixels = 40_000_000
	picturesADay     = 40
	orphanAfter      = 24 * time.Hour
)

// PictureWidths are the sizes in which a picture is kept, where it is that wide.
var PictureWidths = []int{480, 960, 1600}

// Picture is one that a member added, re-encoded by the server.
type Picture struct {
	bun.BaseModel `bun:"table:pictures,alias:picture"`
	database.Owned
	ID        id.ID `bun:",pk"`
	MemberID  id.ID
	Hash      string
	Width     int // as shown, of the largest size kept
	Height    int
	Alt       string
	CreatedAt time.Time
}

// Widths are the sizes that exist of this picture.
func (p *Picture) Widths() []int { return widthsOf(p.Width) }

// Path is the address of the size nearest to a width.
func (p *Picture) Path(width int) string {
	widths := p.Widths()
	best := widths[len(widths)-1]
	for _, kept := range widths {
		if kept >= width {
			best = kept
			break
		}
	}
	return "/images/" + p.Hash + "-" + strconv.Itoa(best) + ".webp"
}

func widthsOf(width int) []int {
	var widths []int
	for _, kept := range PictureWidths {
		if kept < width {
			widths = append(widths, kept)
		}
	}
	return append(widths, min(width, PictureWidths[len(PictureWidths)-1]))
}

// Pictures takes in and keeps pictures.
type Pictures struct {
	DB     *database.DB
	Clock  clock.Clock
	Policy actor.Policy
	Blobs  *blob.Store

	turn chan struct{}
}

// NewPictures returns the keeper of pictures. One is decoded at a time: each
// may take 200 MB.
func NewPictures(db *database.DB, now clock.Clock, policy actor.Policy, blobs *blob.Store) *Pictures {
	return &Pictures{DB: db, Clock: now, Policy: policy, Blobs: blobs, turn: make(chan struct{}, 1)}
}

// Add takes in a picture. The same one twice is kept once.
func (p *Pictures) Add(ctx context.Context, member actor.Actor, file io.Reader, alt string) (*Picture, error) {
	if !member.IsMember() {
		return nil, fault.SignIn
	}
	if !p.Policy.Allows(member, "image", "create") {
		return nil, fault.Forbidden
	}
	content, err := io.ReadAll(io.LimitReader(file, MaxPictureBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if len(content) > MaxPictureBytes {
		return nil, fault.InvalidField("picture", "error.community.picture_heavy", "Max", MaxPictureBytes>>20)
	}
	if err := p.refuseFlood(ctx, member); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	row := &Picture{MemberID: member.Member, Hash: hex.EncodeToString(sum[:16]), Alt: Line(alt), CreatedAt: p.Clock.Now()}
	row.ID = id.New(row.CreatedAt)
	if row.Width, row.Height, err = p.keep(ctx, member.Tenant, row.Hash, content); err != nil {
		return nil, err
	}
	err = p.DB.Write(ctx, member.Tenant, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.Insert(row).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add picture: %w", err)
	}
	return row, nil
}

// Find reads a picture of the member's own, to show it beside a form.
func (p *Pictures) Find(ctx context.Context, member actor.Actor, picture id.ID) (*Picture, error) {
	found := &Picture{}
	err := p.DB.Read(ctx, member.Tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(found).Where("id = ?", picture).Where("member_id = ?", member.Member).Scan(ctx)
	})
	return found, err
}

// Read finds the picture that a group or a post shows; nil is none.
func (p *Pictures) Read(ctx context.Context, tenant, picture id.ID) (*Picture, error) {
	if picture == 0 {
		return nil, nil
	}
	var found []*Picture
	err := p.DB.Read(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		return tx.Select(&found).Where("id = ?", picture).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// Describe says what a picture of the member's own shows.
func (p *Pictures) Describe(ctx context.Context, member actor.Actor, picture id.ID, alt string) error {
	invalid := &fault.Invalid{}
	checkLength(invalid, "alt", Line(alt), 3, MaxAlt)
	if err := invalid.OrNil(); err != nil {
		return err
	}
	err := p.DB.Write(ctx, member.Tenant, func(ctx context.Context, tx database.Tx) error {
		owns, err := ownsPicture(ctx, tx, member.Member, picture)
		if err != nil {
			return err
		}
		if !owns {
			return fault.InvalidField("picture", "error.community.picture_gone")
		}
		return describePicture(ctx, tx, picture, Line(alt))
	})
	if err != nil {
		return fmt.Errorf("describe picture: %w", err)
	}
	return nil
}

// File reads one size of a picture, as addresses name it.
func (p *Pictures) File(tenant id.ID, name string) ([]byte, error) {
	return p.Blobs.Get(tenant.String() + "/" + name)
}

// Sweep forgets the pictures that no post shows a day after they came.
func (p *Pictures) Sweep(ctx context.Context, tenant id.ID) (int, error) {
	var orphans []Picture
	err := p.DB.Write(ctx, tenant, func(ctx context.Context, tx database.Tx) error {
		before := p.Clock.Now().Add(-orphanAfter)
		if err := tx.Query(ctx, &orphans, orphanPictures, before); err != nil {
			return err
		}
		for n := range orphans {
			if _, err := tx.Delete(&orphans[n]).WherePK().Exec(ctx); err != nil {
				return err
			}
			shared, err := tx.Select((*Picture)(nil)).Where("hash = ?", orphans[n].Hash).Exists(ctx)
			if err != nil {
				return err
			}
			if shared {
				continue
			}
			tx.AfterCommit(func() { p.forget(tenant, &orphans[n]) })
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep pictures: %w", err)
	}
	return len(orphans), nil
}

const orphanPictures = `SELECT picture.id, picture.tenant_id, picture.hash, picture.width FROM pictures picture
  WHERE picture.tenant_id = ?tenant AND picture.created_at < ?0 AND NOT EXISTS (
    SELECT 1 FROM posts WHERE posts.tenant_id = ?tenant AND posts.picture_id = picture.id AND posts.state <> 'deleted') AND NOT EXISTS (
    SELECT 1 FROM groups WHERE groups.tenant_id = ?tenant AND groups.picture_id = picture.id) AND NOT EXISTS (
    SELECT 1 FROM manuscripts WHERE manuscripts.tenant_id = ?tenant AND manuscripts.picture_id = picture.id)
  LIMIT 200`

func (p *Pictures) forget(tenant id.ID, picture *Picture) {
	for _, width := range picture.Widths() {
		// A file that stays behind costs room, not correctness.
		_ = p.Blobs.Delete(fileKey(tenant, picture.Hash, width))
	}
}

func (p *Pictures) refuseFlood(ctx context.Context, member actor.Actor) error {
	return p.DB.Read(ctx, member.Tenant, func(ctx context.Context, tx database.Tx) error {
		count, err := tx.Select((*Picture)(nil)).Where("member_id = ?", member.Member).Where("created_at > ?", p.Clock.Now().Add(-24*time.Hour)).Count(ctx)
		if err == nil && count >= picturesADay {
			return fault.TooMany
		}
		return err
	})
}

// keep writes the picture's sizes and tells the largest.
func (p *Pictures) keep(ctx context.Context, tenant id.ID, hash string, content []byte) (width, height int, err error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	picture, err := decode(content)
	if err != nil {
		return 0, 0, err
	}
	turned := orientation(content)
	bounds := picture.Bounds()
	fullWidth := bounds.Dx()
	if turned >= 5 {
		fullWidth = bounds.Dy()
	}
	for _, kept := range widthsOf(fullWidth) {
		sized := resize(picture, kept, turned)
		var out bytes.Buffer
		if err := encode.Encode(&out, sized, encode.Options{Quality: 80, Method: 2}); err != nil {
			return 0, 0, fmt.Errorf("encode picture: %w", err)
		}
		if err := p.Blobs.Put(fileKey(tenant, hash, kept), out.Bytes()); err != nil {
			return 0, 0, err
		}
		width, height = sized.Bounds().Dx(), sized.Bounds().Dy()
	}
	return width, height, nil
}

func fileKey(tenant id.ID, hash string, width int) string {
	return tenant.String() + "/" + hash + "-" + strconv.Itoa(width) + ".webp"
}

// decode reads a JPEG, PNG or WebP picture after a look at its size: a small
// file may unpack to more memory than there is.
func decode(content []byte) (image.Image, error) {
	readConfig, read := jpeg.DecodeConfig, jpeg.Decode
	switch http.DetectContentType(content) {
	case "image/jpeg":
	case "image/png":
		readConfig, read = png.DecodeConfig, png.Decode
	case "image/webp":
		readConfig, read = webp.DecodeConfig, webp.Decode
	default:
		return nil, fault.InvalidField("picture", "error.community.picture_kind")
	}
	config, err := readConfig(bytes.NewReader(content))
	if err != nil || config.Width < 1 || config.Height < 1 {
		return nil, fault.InvalidField("picture", "error.community.picture_broken")
	}
	if config.Width > maxPictureSide || config.Height > maxPictureSide || config.Width*config.Height > maxPicturePixels {
		return nil, fault.InvalidField("picture", "error.community.picture_large",
			"Width", config.Width, "Height", config.Height, "Side", maxPictureSide, "Megapixels", maxPicturePixels/1_000_000)
	}
	picture, err := read(bytes.NewReader(content))
	if err != nil {
		return nil, fault.InvalidField("picture", "error.community.picture_broken")
	}
	return picture, nil
}

// resize scales to a width as shown, then turns upright.
func resize(picture image.Image, width, turned int) *image.NRGBA {
	bounds := picture.Bounds()
	scaledWidth, scaledHeight := width, max(1, bounds.Dy()*width/bounds.Dx())
	if turned >= 5 {
		scaledWidth, scaledHeight = max(1, bounds.Dx()*width/bounds.Dy()), width
	}
	scaled := image.NewNRGBA(image.Rect(0, 0, scaledWidth, scaledHeight))
	draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), picture, bounds, draw.Src, nil)
	return upright(scaled, turned)
}

func ownsPicture(ctx context.Context, tx database.Tx, member, picture id.ID) (bool, error) {
	return tx.Select((*Picture)(nil)).Where("id = ?", picture).Where("member_id = ?", member).Exists(ctx)
}

func describePicture(ctx context.Context, tx database.Tx, picture id.ID, alt string) error {
	_, err := tx.Update((*Picture)(nil)).Set("alt = ?", alt).Where("id = ?", picture).Exec(ctx)
	return err
}

// withPictures loads the pictures of posts at once.
func withPictures(ctx context.Context, tx database.Tx, posts ...*Post) error {
	var ids []id.ID
	for _, post := range posts {
		if post.PictureID != 0 {
			ids = append(ids, post.PictureID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var pictures []*Picture
	if err := tx.Select(&pictures).Where("id IN (?)", list(ids)).Scan(ctx); err != nil {
		return err
	}
	for _, post := range posts {
		for _, picture := range pictures {
			if picture.ID == post.PictureID {
				post.Picture = picture
			}
		}
	}
	return nil
}

func list(ids []id.ID) any { return bun.List(ids) }
