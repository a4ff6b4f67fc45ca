# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
#
# In the outer machine, whose time is a count of instructions: the micro-benchmarks, one line for
# each of their lines, and random reads of a file in the page cache through vhost-user back ends:
# @micro JSON
# @reads BACK-END DEPTH JSON

folder=/root/data
mkdir $folder
head -c 67108864 /dev/zero | tr '\0' x >$folder/disk

for program in mem_bench virtq_bench; do
	"/bench/$program" 2>$folder/errors | sed 's/^/@micro /'
	[ "${PIPESTATUS[0]}" = 0 ] || echo "@failed $program $(tail -n 1 $folder/errors)"
done

reads() { # BACK-END DEPTH SOCKET COMMAND...
	local name=$1 depth=$2 socket=$3 pid tries=0 said
	shift 3
	"$@" >$folder/log 2>&1 &
	pid=$!
	until [ -S "$socket" ] || [ $((tries += 1)) -gt 200 ]; do
		sleep 0.05
	done
	if said=$(/bench/vhost_user_bench "$socket" "$depth" 1 2>>$folder/log); then
		echo "@reads $name $depth $said"
	else
		echo "@failed $name $(tail -n 1 $folder/log)"
	fi
	kill "$pid"
	wait "$pid" 2>/dev/null
	rm -f "$socket"
}

for depth in 1 32; do
	reads cairn-device $depth $folder/own /bench/cairn-device blk --socket $folder/own \
		--disk "path=$folder/disk,readonly,engine=uring"
	reads qemu-storage-daemon $depth $folder/peer qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=$folder/disk,read-only=on,aio=io_uring" \
		--export "vhost-user-blk,id=export,node-name=disk,addr.type=unix,addr.path=$folder/peer,writable=off,num-queues=1"
done
