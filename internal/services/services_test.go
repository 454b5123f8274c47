package services_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/services"
)

func TestDatabaseIsTheTestsOwn(t *testing.T) {
	firstOwner, _ := services.PostgreSQL(t)
	secondOwner, _ := services.PostgreSQL(t)

	execute(t, firstOwner, "CREATE TABLE shells (id bigint)")
	execute(t, secondOwner, "CREATE TABLE shells (id bigint)")
}

func TestApplicationRoleCannotReachAroundRowLevelSecurity(t *testing.T) {
	owner, app := services.PostgreSQL(t)
	execute(t, owner, `CREATE TABLE shells (id bigint); ALTER TABLE shells ENABLE ROW LEVEL SECURITY;
		GRANT SELECT, INSERT ON shells TO kumun_app; INSERT INTO shells VALUES (1)`)

	if count := queryInt(t, owner, "SELECT count(*) FROM shells"); count != 1 {
		t.Errorf("owner sees %d rows, want 1", count)
	}
	if count := queryInt(t, app, "SELECT count(*) FROM shells"); count != 0 {
		t.Errorf("application sees %d rows without a policy, want 0", count)
	}
	for _, forbidden := range []string{
		"CREATE TABLE pearls (id bigint)",
		"ALTER TABLE shells DISABLE ROW LEVEL SECURITY",
		"SET ROLE kumun_owner",
	} {
		if err := tryExecute(t, app, forbidden); err == nil {
			t.Errorf("application may %s", forbidden)
		}
	}
}

func TestPreparedDatabaseIsFilledOnceAndCopied(t *testing.T) {
	prepared := 0
	prepare := func(ownerURL string) error {
		prepared++
		return tryExecute(t, ownerURL, "CREATE TABLE shells (id bigint); INSERT INTO shells VALUES (7)")
	}
	name := fmt.Sprintf("shells_%d", os.Getpid())
	first, _ := services.PostgreSQLFrom(t, name, prepare)
	execute(t, first, "DELETE FROM shells")
	second, _ := services.PostgreSQLFrom(t, name, prepare)

	if count := queryInt(t, second, "SELECT count(*) FROM shells"); count != 1 {
		t.Errorf("second copy has %d rows, want 1", count)
	}
	if prepared != 1 {
		t.Errorf("prepared %d times, want 1", prepared)
	}
}

func TestARenewedCopyIsAsNew(t *testing.T) {
	owner, _ := services.PostgreSQLFrom(t, fmt.Sprintf("pearls_%d", os.Getpid()), func(ownerURL string) error {
		return tryExecute(t, ownerURL, "CREATE TABLE pearls (id bigint); INSERT INTO pearls VALUES (7); CREATE TABLE shells (id bigint)")
	})
	execute(t, owner, "UPDATE pearls SET id = 8; INSERT INTO pearls VALUES (9); INSERT INTO shells VALUES (1)")
	services.Renew(t, owner)

	if pearls := queryInt(t, owner, "SELECT sum(id) FROM pearls"); pearls != 7 {
		t.Errorf("the pearls make %d, want 7", pearls)
	}
	if shells := queryInt(t, owner, "SELECT count(*) FROM shells"); shells != 0 {
		t.Errorf("%d shells, want none", shells)
	}
}

func TestRedisDatabaseIsTheTestsOwn(t *testing.T) {
	ctx := t.Context()
	first, second := redisClient(t, services.Redis(t)), redisClient(t, services.Redis(t))

	if err := first.Set(ctx, "asynq:queues", "default", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if found := second.Exists(ctx, "asynq:queues").Val(); found != 0 {
		t.Error("a neighbour's key shows")
	}
}

func TestOwnRedisComesBackEmptyAtItsAddress(t *testing.T) {
	ctx := t.Context()
	own := services.OwnRedis(t)
	client := redisClient(t, own.URL)
	if err := client.Set(ctx, "lease", "held", 0).Err(); err != nil {
		t.Fatal(err)
	}

	own.Kill()
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("a killed server answers")
	}
	own.Start()
	found, err := client.Exists(ctx, "lease").Result()
	if err != nil || found != 0 {
		t.Errorf("after the restart: %d keys, %v", found, err)
	}
}

func TestStripeMockSpeaksTheVersionOfTheLibrary(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, services.Stripe(t)+"/v1/subscriptions/sub_1", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sk_test_123")
	request.Header.Set("Stripe-Version", "2023-10-16")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
}

const letter = "From: Kumun <bonjour@kumun.test>\r\nTo: nolwenn@exemple.test\r\n" +
	"Subject: =?utf-8?q?Ta_semaine_=C3=A0_Quimper?=\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=cut\r\n\r\n" +
	"--cut\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Le march=C3=A9, =\r\njeudi.\r\n" +
	"--cut\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PHA+TGUgbWFyY2jDqTwvcD4=\r\n--cut--\r\n"

func TestSinkKeepsLettersAsTheyArrived(t *testing.T) {
	sink := services.SMTP(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() { _ = send(sink, "nolwenn@exemple.test") }()

	message := sink.Wait(ctx, func(m services.Message) bool { return m.Subject() == "Ta semaine à Quimper" })

	if message.From != "bonjour@kumun.test" || strings.Join(message.To, " ") != "nolwenn@exemple.test" {
		t.Errorf("envelope: %s → %v", message.From, message.To)
	}
	if !strings.HasPrefix(message.Text, "Le marché, jeudi.") || message.HTML != "<p>Le marché</p>" {
		t.Errorf("body: %q, %q", message.Text, message.HTML)
	}
}

func TestSinkRefusesForAWhile(t *testing.T) {
	sink := services.SMTP(t)
	sink.RefuseNext(1)

	if err := send(sink, "a@exemple.test"); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("first attempt: %v", err)
	}
	if err := send(sink, "a@exemple.test"); err != nil {
		t.Errorf("second attempt: %v", err)
	}
	if count := len(sink.Messages()); count != 1 {
		t.Errorf("%d messages kept", count)
	}
}

func TestChromiumIsFound(t *testing.T) {
	if output, err := exec.CommandContext(t.Context(), services.Chromium(t), "--version").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

const doomed = "KUMUN_TEST_DOOMED"

// Run in a process of its own by the test below.
func TestMain(m *testing.M) {
	if os.Getenv(doomed) == "" {
		os.Exit(m.Run())
	}
	program := &services.Program{}
	owner, _ := services.PostgreSQL(program)
	fmt.Println(owner)
	fmt.Println(services.OwnRedis(program).URL)
	select {} // until killed
}

func TestServersEndWithAProcessThatIsKilled(t *testing.T) {
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), doomed+"=1", "KUMUN_TEST_POSTGRES=")
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for lines := bufio.NewScanner(output); len(addresses) < 2 && lines.Scan(); {
		started, err := url.Parse(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, started.Host)
	}
	if len(addresses) < 2 {
		t.Fatal("servers did not start")
	}

	_ = process.Process.Kill()
	_ = process.Wait()
	for _, address := range addresses {
		awaitSilence(t, address)
	}
}

func awaitSilence(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for ; ctx.Err() == nil; _ = clock.Wait(ctx, 10*time.Millisecond) {
		connection, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return
		}
		_ = connection.Close()
	}
	t.Errorf("%s still listens", address)
}

func send(sink *services.Sink, to string) error {
	return smtp.SendMail(strings.TrimPrefix(sink.URL(), "smtp://"), nil, "bonjour@kumun.test", []string{to}, []byte(letter))
}

func redisClient(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func execute(t *testing.T, database, statements string) {
	t.Helper()
	if err := tryExecute(t, database, statements); err != nil {
		t.Fatal(err)
	}
}

func tryExecute(t *testing.T, database, statements string) error {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), database)
	if err != nil {
		return err
	}
	defer connection.Close(context.Background())
	_, err = connection.PgConn().Exec(t.Context(), statements).ReadAll()
	return err
}

func queryInt(t *testing.T, database, query string) (value int) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if err := connection.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
