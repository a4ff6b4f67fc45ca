// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
//! vm-memory and virtio-queue measured as lib/core/mem/bench and lib/core/virtq/bench measure
//! cairn: the same shapes, the same names, the same clock, one line of JSON for each.

use std::fs::{File, OpenOptions};
use std::hint::black_box;

use virtio_queue::mock::MockSplitQueue;
use virtio_queue::{Queue, QueueOwnedT, QueueT};
use vm_memory::{
    ByteValued, Bytes, GuestAddress, GuestMemoryBackend, GuestMemoryMmap, VolatileMemory,
    VolatileSlice,
};

const SAMPLES: usize = 21;
const SAMPLE_NS: u64 = 5_000_000;
const REGIONS: u64 = 8;
const REGION_BYTES: u64 = 0x8000_0000;
const ACCESS_BYTES: usize = 0x200;

#[derive(Copy, Clone, Default)]
#[repr(C)]
struct Small([u32; 2]);
#[derive(Copy, Clone, Default)]
#[repr(C)]
struct Big([u64; 12]);
// SAFETY: plain arrays of integers, without padding.
unsafe impl ByteValued for Small {}
// SAFETY: as above.
unsafe impl ByteValued for Big {}

/// CPU time of this thread.
fn now_ns() -> u64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: ts outlives the call.
    let rc = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut ts) };
    assert_eq!(rc, 0);
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

fn bench(name: &str, per_call: u32, mut f: impl FnMut()) {
    let mut sample = |n: u64| {
        let start = now_ns();
        for _ in 0..n {
            f();
        }
        now_ns() - start
    };
    let mut n = 1;
    loop {
        let took = sample(n);
        if took >= SAMPLE_NS {
            break;
        }
        n *= if took * 8 < SAMPLE_NS { 8 } else { 2 };
    }
    let mut ns: Vec<f64> = (0..SAMPLES)
        .map(|_| sample(n) as f64 / n as f64 / f64::from(per_call))
        .collect();
    ns.sort_by(f64::total_cmp);
    println!(
        "{{\"who\": \"rust-vmm\", \"bench\": \"{name}\", \"ns\": {:.2}, \"least_ns\": {:.2}}}",
        ns[SAMPLES / 2],
        ns[0]
    );
}

fn memory_of(regions: u64, bytes: u64) -> GuestMemoryMmap<()> {
    let ranges: Vec<_> = (0..regions)
        .map(|i| (GuestAddress(i * bytes), bytes as usize))
        .collect();
    GuestMemoryMmap::from_ranges(&ranges).expect("guest memory")
}

fn bench_place(memory: &GuestMemoryMmap<()>, place: &str, region: u64, crosses: bool) {
    let at = |len: usize| {
        let back = if crosses { REGION_BYTES - len as u64 / 2 } else { 0 };
        GuestAddress(region * REGION_BYTES + back)
    };
    let mut image = [0x5au8; ACCESS_BYTES];
    let mut buf = [0u8; ACCESS_BYTES];
    let mut zero = File::open("/dev/zero").expect("/dev/zero");
    let mut null = OpenOptions::new().write(true).open("/dev/null").expect("/dev/null");
    let whole = at(ACCESS_BYTES);
    let name = |op: &str| format!("mmap/{op}/{place}");

    bench(&name("read_from"), 1, || {
        black_box(memory)
            .read_volatile_from(whole, &mut image.as_slice(), ACCESS_BYTES)
            .unwrap();
    });
    bench(&name("read_from_file"), 1, || {
        black_box(memory).read_volatile_from(whole, &mut zero, ACCESS_BYTES).unwrap();
    });
    bench(&name("read_exact_from"), 1, || {
        black_box(memory)
            .read_exact_volatile_from(whole, &mut image.as_slice(), ACCESS_BYTES)
            .unwrap();
    });
    bench(&name("read_entire_slice_from"), 1, || {
        black_box(memory).read_slice(black_box(&mut buf), whole).unwrap();
    });
    bench(&name("read_slice_from"), 1, || {
        black_box(memory).read(black_box(&mut buf), whole).unwrap();
    });
    let small = at(size_of::<Small>());
    let big = at(size_of::<Big>());
    bench(&name("read_small_obj_from"), 1, || {
        black_box(black_box(memory).read_obj::<Small>(small).unwrap());
    });
    bench(&name("read_big_obj_from"), 1, || {
        black_box(black_box(memory).read_obj::<Big>(big).unwrap());
    });
    bench(&name("write_to"), 1, || {
        black_box(memory)
            .write_volatile_to(whole, &mut image.as_mut_slice(), ACCESS_BYTES)
            .unwrap();
    });
    bench(&name("write_to_file"), 1, || {
        black_box(memory).write_volatile_to(whole, &mut null, ACCESS_BYTES).unwrap();
    });
    bench(&name("write_exact_to"), 1, || {
        black_box(memory)
            .write_all_volatile_to(whole, &mut image.as_mut_slice(), ACCESS_BYTES)
            .unwrap();
    });
    bench(&name("write_entire_slice_to"), 1, || {
        black_box(memory).write_slice(black_box(&buf), whole).unwrap();
    });
    bench(&name("write_slice_to"), 1, || {
        black_box(memory).write(black_box(&buf), whole).unwrap();
    });
    bench(&name("write_small_obj_to"), 1, || {
        black_box(memory).write_obj(black_box(Small::default()), small).unwrap();
    });
    bench(&name("write_big_obj_to"), 1, || {
        black_box(memory).write_obj(black_box(Big::default()), big).unwrap();
    });
}

fn bench_memory() {
    let memory = memory_of(REGIONS, REGION_BYTES);
    bench_place(&memory, "first", 0, false);
    bench_place(&memory, "cross_first", 0, true);
    bench_place(&memory, "cross_last", REGIONS - 2, true);
    bench_place(&memory, "last", REGIONS - 1, false);

    let memory = memory_of(256, 1 << 20);
    bench("find_region", 256, || {
        for i in 0..256u64 {
            black_box(&memory).find_region(black_box(GuestAddress(i << 20))).unwrap();
        }
    });
}

fn bench_volatile() {
    let mut guest = [0xa5u8; 1024];
    let guest = VolatileSlice::from(&mut guest[..]);
    let bytes = guest.get_slice(0, 1024).unwrap();
    let (mut d8, mut d16) = ([0u8; 1024], [0u16; 512]);
    bench("volatile/copy_to_u8", 1, || {
        bytes.copy_to(black_box(&mut d8[..]));
    });
    bench("volatile/copy_to_u16", 1, || {
        bytes.copy_to(black_box(&mut d16[..]));
    });
    let (mut from, mut to) = ([0xa5u8; 10240], [0u8; 10240]);
    let from = VolatileSlice::from(&mut from[..]);
    let to = VolatileSlice::from(&mut to[..]);
    bench("volatile/copy_to_volatile_slice", 1, || {
        black_box(&from).copy_to_volatile_slice(black_box(to));
    });
    bench("volatile/copy_from_u8", 1, || {
        bytes.copy_from(black_box(&d8[..]));
    });
    bench("volatile/copy_from_u16", 1, || {
        bytes.copy_from(black_box(&d16[..]));
    });
}

fn walk(queue: &mut Queue, memory: &GuestMemoryMmap<()>) -> (u32, u32) {
    let (mut chains, mut descriptors) = (0, 0);
    for chain in queue.iter(memory).unwrap() {
        chains += 1;
        descriptors += chain.count() as u32;
    }
    (chains, descriptors)
}

fn bench_walk(memory: &GuestMemoryMmap<()>, name: &str, shape: (u32, u32), indirect: bool) {
    let mut mock = MockSplitQueue::new(memory, 256);
    for _ in 0..shape.0 {
        let added = match indirect {
            true => mock.add_indirect_chain(shape.1 as u16),
            false => mock.add_chain(shape.1 as u16),
        };
        added.unwrap();
    }
    let mut queue: Queue = mock.create_queue().unwrap();
    bench(name, 1, || {
        queue.set_next_avail(0);
        assert_eq!(walk(black_box(&mut queue), memory), (shape.0, 128));
    });
}

fn bench_queue() {
    let memory = memory_of(1, 1 << 32);
    bench_walk(&memory, "queue/single_chain/direct", (1, 128), false);
    bench_walk(&memory, "queue/multiple_chains/direct", (128, 1), false);
    bench_walk(&memory, "queue/single_chain/indirect", (1, 128), true);
    bench_walk(&memory, "queue/multiple_chains/indirect", (128, 1), true);

    let mock = MockSplitQueue::new(&memory, 256);
    let mut queue: Queue = mock.create_queue().unwrap();
    bench("queue/add_used", 1, || {
        queue.set_next_used(0);
        for _ in 0..128 {
            black_box(&mut queue).add_used(&memory, 123, 0x1000).unwrap();
        }
    });
}

fn main() {
    bench_memory();
    bench_volatile();
    bench_queue();
}
