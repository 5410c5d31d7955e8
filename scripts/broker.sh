# Sourced by `services`: a private Apache Kafka broker in KRaft mode, on free loopback ports: one in clear, one with TLS and a
# login.
# shellcheck shell=bash

# The version of scripts/kafka/pom.xml: another one gets another folder.
kafka_version() { sed -n '/kafka_2.13/{n;s/.*<version>\(.*\)<\/version>.*/\1/p}' "$ROOT/scripts/kafka/pom.xml"; }

# Where scripts/setup put the jars.
kafka_jars() { printf '%s/llm-data-vault/kafka-%s\n' "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}" "$(kafka_version)"; }

# The Python that runs examples/consumer-python: other requirements get another folder.
consumer_python() {
    local version
    version=$(sha256sum "$ROOT/examples/consumer-python/requirements.txt" | cut -c1-12)
    printf '%s/llm-data-vault/consumer-python-%s/bin/python3\n' "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}" "$version"
}

have_kafka() { [ -e "$(kafka_jars)/complete" ]; }

# The jars, and what they need, from Maven Central; Maven checks their checksums.
install_kafka() {
    local jars
    jars=$(kafka_jars)
    have_kafka && return
    say "fetching Apache Kafka $(kafka_version)"
    rm -rf -- "$jars"
    mkdir -p "$jars"
    mvn -q -B -f "$ROOT/scripts/kafka/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$jars" -DincludeScope=runtime >"$jars/log" 2>&1 ||
        { tail -n 20 "$jars/log" >&2; die "could not fetch Apache Kafka from Maven Central"; }
    touch "$jars/complete"
}

# In place of the shell that runs it, so that the shell's pid is Java's.
broker_java() { # <class> <arguments>...
    exec java -Xmx384m -Xms128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -cp "$(kafka_jars)/*" "$@"
}

# The pid of our broker. Its working folder is its own: a recycled pid does not deceive.
broker_pid() {
    local home=$STATE/kafka pid
    pid=$(cat "$home/pid" 2>/dev/null) || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f "$home")" ] || return 1
    printf '%s\n' "$pid"
}

# A certificate for TLS, by an authority of its own; the password of user `vault`.
make_broker_secrets() {
    local home=$STATE/kafka
    (
        umask 077
        head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$home/password"
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=authority \
            -keyout "$home/ca.key" -out "$home/ca.pem" 2>>"$home/log"
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=broker -CA "$home/ca.pem" -CAkey "$home/ca.key" \
            -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
            -keyout "$home/broker.key" -out "$home/broker.pem" 2>>"$home/log"
        cat "$home/broker.key" "$home/broker.pem" >"$home/keystore.pem"
    ) || { cat "$home/log" >&2; die "the broker's certificate cannot be made"; }
}

broker_settings() { # <port> <controller port> <port with TLS and a login>
    local password
    password=$(<"$STATE/kafka/password")
    cat <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2,SASL_SSL://127.0.0.1:$3
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=$STATE/kafka/keystore.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_vault="$password";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$STATE/kafka/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
SETTINGS
}

# Runs a broker on what `start_broker` made: also after it was ended by a test.
run_broker() {
    local home=$STATE/kafka port
    port=$(<"$home/port")
    # The lock's descriptor must not live on in the broker.
    (
        cd "$home" || exit
        broker_java kafka.Kafka "$home/server.properties" >>"$home/log" 2>&1 9>&- &
        echo $! >"$home/pid"
    )
    for _ in {1..300}; do
        port_is_taken "$port" && return
        broker_pid >/dev/null || break
        sleep 0.2
    done
    tail -n 20 "$home/log" >&2
    die "the broker did not start"
}

start_broker() {
    local home=$STATE/kafka port controller secure
    have_kafka || die "Apache Kafka is not there; run scripts/setup test"
    if broker_pid >/dev/null; then
        say "Kafka runs already on port $(<"$home/port")"
        return
    fi
    stop_broker
    mkdir -p "$home"
    port=$(random_free_port)
    controller=$(random_free_port)
    secure=$(random_free_port)
    printf '%s\n' "$port" >"$home/port"
    printf '%s\n' "$secure" >"$home/secure-port"
    make_broker_secrets
    (umask 077 && broker_settings "$port" "$controller" "$secure" >"$home/server.properties")
    (broker_java kafka.tools.StorageTool format -t "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')" \
        -c "$home/server.properties" --add-scram "SCRAM-SHA-512=[name=vault,password=$(<"$home/password")]") \
        >>"$home/log" 2>&1 || { cat "$home/log" >&2; die "the broker's folder cannot be made"; }
    run_broker
    say "Kafka runs on port $port"
}

stop_broker() {
    local home=$STATE/kafka pid
    if pid=$(broker_pid); then
        kill -KILL "$pid" # its data goes with it
        for _ in {1..100}; do
            broker_pid >/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf -- "$home"
}
