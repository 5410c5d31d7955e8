// Command sumdb verifies a vault's log with the transparency log packages of Go's checksum database, which share no
// code with the vault: signature, tiles, every entry, and the vault's own proofs.
//
//	VAULT_TOKEN=... sumdb http://127.0.0.1:8080/api/v1/audit '<public key>'
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height     = 8
	width      = 1 << height
	entryBytes = 48
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: sumdb <url of /audit> <public key>"))
	}
	log := vault{base: os.Args[1], token: os.Getenv("VAULT_TOKEN")}
	tree, err := log.head(os.Args[2])
	if err != nil {
		fail(err)
	}
	if err := log.verify(tree); err != nil {
		fail(err)
	}
	fmt.Printf("verified %d entries %s\n", tree.N, tree.Hash)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "sumdb:", err)
	os.Exit(1)
}

type vault struct{ base, token string }

func (v vault) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", v.base+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+v.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("%s: %s: %s", path, response.Status, body)
	}
	return body, err
}

// head opens the signed checkpoint.
func (v vault) head(key string) (tlog.Tree, error) {
	text, err := v.get("/checkpoint")
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(text, key)
}

func open(text []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	// lines that follow the root may say more
	if len(lines) < 4 || lines[0] != verifier.Name() || lines[len(lines)-1] != "" {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func (v vault) Height() int                                { return height }
func (v vault) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (v vault) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Go's paths name the height, those of C2SP tlog-tiles do not.
		data, err := v.get("/tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (v vault) verify(tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, v)
	for first := int64(0); first < tree.N; first += width {
		if err := v.bundle(tree, reader, first); err != nil {
			return err
		}
	}
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		if err := v.inclusion(tree, reader, index); err != nil {
			return fmt.Errorf("inclusion of %d: %w", index, err)
		}
		if err := v.consistency(tree, reader, index+1); err != nil {
			return fmt.Errorf("consistency from %d: %w", index+1, err)
		}
	}
	return nil
}

// bundle compares entries with the leaves that the signed head vouches for.
func (v vault) bundle(tree tlog.Tree, reader tlog.HashReader, first int64) error {
	count := tree.N - first
	if count > width {
		count = width
	}
	tile := tlog.Tile{H: height, L: -1, N: first / width, W: int(count)}
	data, err := v.get("/tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/data/"))
	if err != nil {
		return err
	}
	if len(data) != int(count)*(2+entryBytes) {
		return fmt.Errorf("bundle from %d has %d bytes", first, len(data))
	}
	var indexes []int64
	for i := int64(0); i < count; i++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
	}
	leaves, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		entry := data[i*(2+entryBytes):][:2+entryBytes]
		if binary.BigEndian.Uint16(entry) != entryBytes {
			return fmt.Errorf("an entry of %d bytes", binary.BigEndian.Uint16(entry))
		}
		if position := binary.BigEndian.Uint64(entry[2:]); position != uint64(first)+uint64(i)+1 {
			return fmt.Errorf("entry %d says that it is %d", first+int64(i)+1, position)
		}
		if tlog.RecordHash(entry[2:]) != leaf {
			return fmt.Errorf("entry %d is not the leaf", first+int64(i)+1)
		}
	}
	return nil
}

type proof struct {
	LeafHash string   `json:"leaf_hash"`
	Hashes   []string `json:"hashes"`
}

func (v vault) proof(path string) (leaf tlog.Hash, hashes []tlog.Hash, err error) {
	body, err := v.get(path)
	if err != nil {
		return leaf, nil, err
	}
	var shown proof
	if err := json.Unmarshal(body, &shown); err != nil {
		return leaf, nil, err
	}
	for _, text := range shown.Hashes {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return leaf, nil, err
		}
		hashes = append(hashes, hash)
	}
	if shown.LeafHash != "" {
		bytes, err := base64.StdEncoding.DecodeString(shown.LeafHash)
		if err != nil {
			return leaf, nil, err
		}
		copy(leaf[:], bytes)
	}
	return leaf, hashes, nil
}

func (v vault) inclusion(tree tlog.Tree, reader tlog.HashReader, index int64) error {
	leaf, hashes, err := v.proof(fmt.Sprintf("/proof/inclusion?position=%d&size=%d", index+1, tree.N))
	if err != nil {
		return err
	}
	known, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	if known[0] != leaf {
		return fmt.Errorf("the proof is of another leaf")
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, index, leaf)
}

func (v vault) consistency(tree tlog.Tree, reader tlog.HashReader, size int64) error {
	_, hashes, err := v.proof(fmt.Sprintf("/proof/consistency?from=%d&to=%d", size, tree.N))
	if err != nil {
		return err
	}
	earlier, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, tree.N, tree.Hash, size, earlier)
}
