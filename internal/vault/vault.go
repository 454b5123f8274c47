// Package vault keeps what must not be read from a copy of the store: it seals
// values at rest and makes keyed hashes, with a key for each purpose derived
// from the installation's one secret.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kumun/kumun/internal/id"
)

// shortest is how many signs a secret has at least: 128 bits in hexadecimal.
const shortest = 32

// Vault holds the installation's secret. Without the secret, what was sealed
// cannot be read, and hashes that were kept match nothing any more.
type Vault struct{ secret []byte }

// New takes the secret itself.
func New(secret string) (*Vault, error) {
	if len(secret) < shortest {
		return nil, fmt.Errorf("the installation's secret has %d signs; want %d or more", len(secret), shortest)
	}
	return &Vault{[]byte(secret)}, nil
}

// In reads the secret from a file of the folder, and makes it where there is
// none. Processes that share the folder share the secret, whichever comes first.
func In(folder string) (*Vault, error) {
	path := filepath.Join(folder, "secret")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := lay(path); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return New(strings.TrimSpace(string(text)))
}

// lay writes a new secret whole, or leaves that of another process.
func lay(path string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".secret-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.WriteString(id.Secret() + id.Secret() + "\n")
	if err := errors.Join(err, draft.Close(), belong(draft.Name())); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// belong gives a file to whom its folder belongs: an administrator's command may
// be the first to need the secret, and the service must read it.
func belong(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !known || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}

func (v *Vault) key(purpose string) []byte {
	// The length is fixed and far below the limit: this cannot fail.
	key, err := hkdf.Key(sha256.New, v.secret, nil, "kumun "+purpose, 32)
	if err != nil {
		panic(err)
	}
	return key
}

func (v *Vault) cipher(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(v.key(purpose))
	if err != nil {
		panic(err)
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return sealer
}

// Seal encrypts a value for one purpose (AES-256-GCM); "" stays "".
func (v *Vault) Seal(purpose, value string) string {
	if value == "" {
		return ""
	}
	return base64.RawStdEncoding.EncodeToString(v.cipher(purpose).Seal(nil, nil, []byte(value), nil))
}

// Open reads what Seal wrote for the same purpose.
func (v *Vault) Open(purpose, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", purpose, err)
	}
	value, err := v.cipher(purpose).Open(nil, nil, raw, nil)
	if err != nil {
		return "", fmt.Errorf("open %s: sealed with another secret: %w", purpose, err)
	}
	return string(value), nil
}

var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Hash is a keyed hash of the parts for one purpose, 128 bits in 26 lower-case
// signs: nobody without the secret can make one, or test a guess.
func (v *Vault) Hash(purpose string, parts ...string) string {
	mac := hmac.New(sha256.New, v.key(purpose))
	_, _ = io.WriteString(mac, strings.Join(parts, "\n"))
	return alphabet.EncodeToString(mac.Sum(nil)[:16])
}
