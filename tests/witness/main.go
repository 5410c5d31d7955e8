// Command witness runs litewitness of filippo.io/torchwood, a witness of logs by C2SP tlog-witness that shares no code with
// the vault, with a key of its own that lives as long as it does.
//
//	go build -o DIR . filippo.io/torchwood/cmd/litewitness
//	DIR/witness <name> <folder>
//
// It writes its public key and its address, a line each, then reads the verifier keys of logs that it shall know, a line
// each, says `ok` to each, and ends with its input.
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// timestamped is the kind of a witness's key by C2SP tlog-cosignature.
const timestamped = 4

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: witness <name> <folder>"))
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "witness:", err)
	os.Exit(1)
}

func run(name, folder string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	socket := filepath.Join(folder, "agent")
	if err := serveAgent(socket, private); err != nil {
		return err
	}
	fingerprint, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	witness := exec.Command(filepath.Join(filepath.Dir(own), "litewitness"),
		"-name", name, "-db", filepath.Join(folder, "witness.db"), "-ssh-agent", socket,
		"-key", ssh.FingerprintSHA256(fingerprint), "-listen", address)
	witness.Stderr = os.Stderr
	if err := witness.Start(); err != nil {
		return err
	}
	defer func() { _ = witness.Process.Kill() }()
	if err := answers(address); err != nil {
		return err
	}
	fmt.Printf("%s\n%s\n", verifier(name, public), address)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := know(filepath.Join(folder, "witness.db"), lines.Text()); err != nil {
			return err
		}
		fmt.Println("ok")
	}
	return lines.Err()
}

// answers waits until somebody listens.
func answers(address string) error {
	var err error
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(20 * time.Millisecond) {
		var connection net.Conn
		if connection, err = net.Dial("tcp", address); err == nil {
			return connection.Close()
		}
	}
	return err
}

// know lets litewitness know a log and its key, as witnessctl does, which has more dependencies.
func know(path, key string) error {
	database, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() { _ = database.Close() }()
	database.SetBusyTimeout(10 * time.Second)
	origin, _, _ := strings.Cut(key, "+")
	empty := sha256.Sum256(nil)
	options := &sqlitex.ExecOptions{Args: []any{origin, base64.StdEncoding.EncodeToString(empty[:])}}
	insert := "INSERT OR IGNORE INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)"
	if err := sqlitex.Execute(database, insert, options); err != nil {
		return err
	}
	insert = "INSERT INTO key (origin, key) VALUES (?, ?)"
	return sqlitex.Execute(database, insert, &sqlitex.ExecOptions{Args: []any{origin, key}})
}

// serveAgent serves the key as ssh-agent would, from which litewitness takes it.
func serveAgent(socket string, key ed25519.PrivateKey) error {
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, connection) }()
		}
	}()
	return nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// verifier is the public key as C2SP signed-note writes it.
func verifier(name string, public ed25519.PublicKey) string {
	key := append([]byte{timestamped}, public...)
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%x+%s", name, id[:4], base64.StdEncoding.EncodeToString(key))
}
