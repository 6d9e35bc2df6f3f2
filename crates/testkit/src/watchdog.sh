# Outlives the test process, and ends what it started: the servers, which are killed, and their folders.
# Reads `run PID`, `end PID` and `folder PATH`; the end of the input means that the process is gone.
servers=' ' folders=''
while read -r what which; do
    case $what in
    run) servers="$servers$which " ;;
    end) servers="${servers%% "$which" *} ${servers#* "$which" }" ;;
    folder) folders="$folders$which
" ;;
    esac
done
kill -KILL $servers 2>/dev/null
printf %s "$folders" | while read -r folder; do rm -rf "$folder"; done
