package appservice

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"frontdesk/desk"
	"frontdesk/internal/journal"
)

const (
	avatarSize    = 256 // pixels
	avatarLetters = 3
	metaAvatar    = "matrix.avatar."
)

// avatar gives the mxc URI of a desired avatar. "text:АБ" is drawn, uploaded once for every text, and remembered.
func (s *Service) avatar(ctx context.Context, want string) (string, error) {
	text, ok := strings.CutPrefix(want, "text:")
	if !ok {
		return want, nil
	}
	if mxc, ok := s.avatars.get(text); ok {
		return mxc, nil
	}
	key := metaAvatar + text
	var mxc string
	err := s.journal.Read(ctx, func(tx journal.Tx) error {
		var err error
		mxc, err = tx.Meta(key)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look up avatar: %w", err)
	}
	if mxc == "" {
		if mxc, err = s.uploadAvatar(ctx, text); err != nil {
			return "", err
		}
		if err := s.journal.Write(ctx, func(tx journal.Tx) error { return tx.PutMeta(key, mxc) }); err != nil {
			return "", fmt.Errorf("remember avatar: %w", err)
		}
	}
	s.avatars.put(text, mxc)
	return mxc, nil
}

func (s *Service) uploadAvatar(ctx context.Context, text string) (string, error) {
	picture, err := drawInitials(text)
	if err != nil {
		return "", journal.Permanent(err)
	}
	bot, err := s.account(ctx, desk.Bot)
	if err != nil {
		return "", err
	}
	return s.uploadBytes(ctx, bot, "avatar.png", "image/png", bytes.NewReader(picture), int64(len(picture)))
}

// avatarColors are dark enough for white letters (contrast 4.5 and more).
var avatarColors = []color.RGBA{
	{0x1d, 0x4e, 0x89, 255}, {0x7a, 0x2e, 0x5d, 255}, {0x1e, 0x6b, 0x52, 255}, {0x8a, 0x3b, 0x12, 255},
	{0x4b, 0x3f, 0x92, 255}, {0x0f, 0x60, 0x6b, 255}, {0x86, 0x2b, 0x2b, 255}, {0x4f, 0x5d, 0x1a, 255},
}

var initialsFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })

// drawInitials draws letters on a coloured ground; the same letters always look the same.
func drawInitials(text string) ([]byte, error) {
	letters := firstLetters(text)
	parsed, err := initialsFont()
	if err != nil {
		return nil, fmt.Errorf("parse font: %w", err)
	}
	size := avatarSize * 0.42
	if utf8.RuneCountInString(letters) > 2 {
		size = avatarSize * 0.32
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("size font: %w", err)
	}
	defer face.Close()
	hash := fnv.New32a()
	hash.Write([]byte(text))
	ground := avatarColors[hash.Sum32()%uint32(len(avatarColors))]
	canvas := image.NewRGBA(image.Rect(0, 0, avatarSize, avatarSize))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	pen := font.Drawer{Dst: canvas, Src: image.White, Face: face}
	bounds, _ := pen.BoundString(letters)
	pen.Dot = fixed.Point26_6{
		X: (fixed.I(avatarSize)-(bounds.Max.X-bounds.Min.X))/2 - bounds.Min.X,
		Y: (fixed.I(avatarSize)-(bounds.Max.Y-bounds.Min.Y))/2 - bounds.Min.Y,
	}
	pen.DrawString(letters)
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("encode avatar: %w", err)
	}
	return out.Bytes(), nil
}

func firstLetters(text string) string {
	runes := []rune(strings.TrimSpace(text))
	return string(runes[:min(len(runes), avatarLetters)])
}
