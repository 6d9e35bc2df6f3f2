# Runs one PostgreSQL server for the process at the other end of standard input, and never outlives it.
# Arguments: the folder of binaries, the scratch folder, then the server's arguments.
# Reads orders, and answers `done` or `failed` when each is carried out; at the end of the input it stops the server
# (crashing it is quickest, and nobody wants its data) and removes the folder.
binaries=$1 scratch=$2
shift 2

start() {
    "$binaries/postgres" -D "$scratch/data" "$@" </dev/null >>"$scratch/log" 2>&1 &
    server=$!
}
# Signals the server and waits for its end, if it runs.
end() {
    [ -n "$server" ] || return 0
    kill "$1" "$server" && wait "$server"
    server=
}
# The end of a server that is killed leaves its children, which must be gone before another starts on the same data.
kill_all() {
    children=$(cat /proc/"$server"/task/"$server"/children 2>/dev/null || pgrep -P "$server")
    kill -KILL "$server" $children
    wait "$server"
    server=
    for child in $children; do
        while ps -o stat= -p "$child" | grep -qv Z; do sleep 0.01; done
    done
}
promote() {
    "$binaries/pg_ctl" promote -w -D "$scratch/data" >>"$scratch/log" 2>&1
}
# Replaces the data by a copy of those of the server at a port, whose standby this one becomes.
copy() {
    rm -rf "$scratch/data" && "$binaries/pg_basebackup" --dbname "host=127.0.0.1 port=$1 user=scratch" \
        --pgdata "$scratch/data" --write-recovery-conf --checkpoint fast --no-sync >>"$scratch/log" 2>&1
}

server=
while read -r order port; do
    case $order in
    start) start "$@" ;;
    crash) end -QUIT ;;
    stop) end -INT ;;
    kill) kill_all ;;
    promote) promote ;;
    copy) copy "$port" ;;
    esac >/dev/null
    case $? in
    0) echo done ;;
    *) echo failed ;;
    esac
done
end -QUIT
rm -rf "$scratch"
