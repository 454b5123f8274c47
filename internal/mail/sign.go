package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/emersion/go-msgauth/dkim"
)

// rsaBits is what Gmail and Yahoo ask for at least; more does not fit into a
// record that every DNS form takes.
const rsaBits = 2048

// Key signs letters for a domain (DKIM, RFC 6376).
type Key struct {
	Domain, Selector string
	signer           crypto.Signer
}

// NewKeys makes the two keys of a domain: RSA, which everybody reads, and
// Ed25519 (RFC 8463). Their selectors begin with the given word.
func NewKeys(domain, selector string) ([]Key, error) {
	secret, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	_, small, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an Ed25519 key: %w", err)
	}
	return []Key{{domain, selector + "r", secret}, {domain, selector + "e", small}}, nil
}

// Encode writes the private key (PKCS #8, base64), to be sealed and stored.
func (k Key) Encode() (string, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return "", fmt.Errorf("encode key %s: %w", k.Selector, err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// ParseKey reads what Encode wrote.
func ParseKey(domain, selector, encoded string) (Key, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Key{}, fmt.Errorf("key %s: %w", selector, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(raw)
	if err != nil {
		return Key{}, fmt.Errorf("key %s: %w", selector, err)
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return Key{}, fmt.Errorf("key %s does not sign", selector)
	}
	return Key{domain, selector, signer}, nil
}

// Record is the TXT record by which the world checks the key's signatures.
func (k Key) Record() (name, value string) {
	name = k.Selector + "._domainkey." + k.Domain
	switch public := k.signer.Public().(type) {
	case ed25519.PublicKey:
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	default:
		// An RSA key always encodes.
		raw, _ := x509.MarshalPKIXPublicKey(public)
		return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(raw)
	}
}

// signedHeaders are inside the signature, also where a letter lacks them: then
// nobody can add one on the way. RFC 8058 asks for both List-Unsubscribe fields.
var signedHeaders = []string{"From", "To", "Subject", "Date", "Message-ID", "Reply-To",
	"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Auto-Submitted",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}

// sign puts a signature by each key above the message.
func sign(raw []byte, keys []Key) ([]byte, error) {
	if len(keys) == 0 {
		return raw, nil
	}
	var out bytes.Buffer
	out.Grow(len(raw) + 1024*len(keys))
	for _, key := range keys {
		signature, err := key.sign(raw)
		if err != nil {
			return nil, fmt.Errorf("sign as %s: %w", key.Domain, err)
		}
		out.WriteString(signature)
	}
	out.Write(raw)
	return out.Bytes(), nil
}

// The body is signed as it stands: its encoding leaves no white space that a
// server on the way would change, and relaxing it costs more than Ed25519.
func (k Key) sign(raw []byte) (string, error) {
	signer, err := dkim.NewSigner(&dkim.SignOptions{Domain: k.Domain, Selector: k.Selector, Signer: k.signer,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationSimple,
		HeaderKeys: slices.Clone(signedHeaders)})
	if err != nil {
		return "", err
	}
	_, err = io.Copy(signer, bytes.NewReader(raw))
	if err := errors.Join(err, signer.Close()); err != nil {
		return "", err
	}
	return signer.Signature(), nil
}
