# Runs one PostgreSQL server for the process at the other end of standard input, and never outlives it.
# Arguments: the folder of binaries, the scratch folder, then the server's arguments.
# Reads `start` and `crash`, answers `done` when that is done; at the end of the input it stops the server (crashing it is
# quickest, and nobody wants its data) and removes the folder.
binaries=$1 scratch=$2
shift 2

start() {
    "$binaries/postgres" -D "$scratch/data" "$@" </dev/null >>"$scratch/log" 2>&1 &
    server=$!
}
crash() {
    kill -QUIT "$server" && wait "$server"
}

while read -r command; do
    case $command in
    start) start "$@" ;;
    crash) crash ;;
    esac
    echo done
done
crash
rm -rf "$scratch"
