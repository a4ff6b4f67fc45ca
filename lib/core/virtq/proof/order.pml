/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
/*
 * order.pml - the two ends of a split queue on a machine that orders memory no more than C11's
 * atomics say: who publishes what, who is told, who sleeps. For Spin; order.py runs it.
 *
 * The machine. Each shared word is written by one end and read by the other. A store adds to the
 * word's history; a load returns any value of it from what this end is known to have seen onwards,
 * so stores are late and reordered, and loads are early, as far as nothing forbids it. An acquire
 * load of what a release store wrote takes over what the writer had written and done before. A full
 * fence settles with all full fences before it, of either end. Fences do nothing else here: what
 * C11 grants for fences beside relaxed accesses is left out, which makes the machine weaker.
 *
 * Descriptors, buffers, and the entries of both rings are plain memory, one cell for each place in
 * the ring. An access to a cell that is not ordered after the other end's last one is a race, and
 * an error, whatever it would have returned. Left out is that a load of a word may also be done later
 * than it stands, behind stores of the same end.
 *
 * What is shown, for CHAINS chains through a ring of SIZE, published one by one or together, in every
 * interleaving: no race, every number arrives and its answer comes back, and never do both ends sleep
 * for good (Spin's "invalid end state").
 *
 * -DEVENT_IDX=1: event indices, else flags. -DWITHOUT_x takes one barrier away; see the names below.
 */
#define CHAINS 3
#define SIZE   2
#define START  6 /* indices are 3 bits here and wrap on the way */
#define IDX(n) ((n) & 7)

#define DRIVER 0
#define DEVICE 1

/* Words; the partner of a word, by the same writer, is its number with the last bit flipped. */
#define AVAIL_IDX   0
#define USED_EVENT  1 /* or avail.flags */
#define USED_IDX    2
#define AVAIL_EVENT 3 /* or used.flags */

#define STORES 10 /* as many as a history holds; one more is an error */

#define RELAXED 0
#define ORDERED 1 /* acquire or release */

#ifdef WITHOUT_RELEASE_AVAIL
#define RELEASE_AVAIL RELAXED
#else
#define RELEASE_AVAIL ORDERED
#endif
#ifdef WITHOUT_ACQUIRE_AVAIL
#define ACQUIRE_AVAIL RELAXED
#else
#define ACQUIRE_AVAIL ORDERED
#endif
#ifdef WITHOUT_RELEASE_USED
#define RELEASE_USED RELAXED
#else
#define RELEASE_USED ORDERED
#endif
#ifdef WITHOUT_ACQUIRE_USED
#define ACQUIRE_USED RELAXED
#else
#define ACQUIRE_USED ORDERED
#endif

typedef word {
	byte n;               /* stores so far; 0 is what was there at the start */
	byte value[STORES];
	byte partner[STORES]; /* of a release store: stores to the partner before it */
	byte time[STORES];    /* of a release store: its writer's time */
	byte seen;            /* the reader never goes back behind this one */
	byte settled;         /* by full fences */
};
word words[4];

/* Plain memory: who used a cell last, and when by that end's own clock, which release stores tick. */
byte clock[2];
byte heard[2]; /* what each end knows of the other's clock */
typedef cell {
	byte time[2];
	byte number; /* what the driver put there, then the device's answer */
};
cell cells[SIZE];

bool kicked, called;

#define MAX(a, b) ((a) > (b) -> (a) : (b))

inline store(w, v, order)
{
	d_step {
		words[w].n++;
		assert(words[w].n < STORES);
		words[w].value[words[w].n] = v;
		if
		:: order == ORDERED ->
			words[w].partner[words[w].n] = words[w ^ 1].n;
			clock[w / 2]++;
			words[w].time[words[w].n] = clock[w / 2];
		:: else
		fi
	}
}

/* By the other end than the writer: any value not older than what it has seen. */
inline load(w, ret, order)
{
	atomic {
		do
		:: words[w].seen < words[w].n ->
			/* nobody can ask for it again */
			words[w].value[words[w].seen] = 0;
			words[w].partner[words[w].seen] = 0;
			words[w].time[words[w].seen] = 0;
			words[w].seen++
		:: break
		od;
		ret = words[w].value[words[w].seen];
		if
		:: order == ORDERED ->
			see(w ^ 1, words[w].partner[words[w].seen]);
			heard[1 - w / 2] = MAX(heard[1 - w / 2], words[w].time[words[w].seen])
		:: else
		fi
	}
}

/* The reader of w has come to know that its store number n is done. */
inline see(w, n)
{
	do
	:: words[w].seen < n ->
		words[w].value[words[w].seen] = 0;
		words[w].partner[words[w].seen] = 0;
		words[w].time[words[w].seen] = 0;
		words[w].seen++
	:: else -> break
	od
}

inline full_fence(me)
{
	d_step {
		/* its own two words, and the other end's */
		words[2 * me].settled = words[2 * me].n;
		words[2 * me + 1].settled = words[2 * me + 1].n;
		see(2 - 2 * me, words[2 - 2 * me].settled);
		see(3 - 2 * me, words[3 - 2 * me].settled);
		words[2 - 2 * me].settled = words[2 - 2 * me].seen;
		words[3 - 2 * me].settled = words[3 - 2 * me].seen
	}
}

/* Clocks start at 0 and tick before a release store: what is done now is told by the next. */
inline touch(me, i)
{
	assert(cells[i].time[1 - me] <= heard[me]);
	cells[i].time[me] = clock[me] + 1
}

/* Whether an index that moved by `moved` up to `now` passed `event`; as ring_event_passed(). */
#define PASSED(event, now, moved) (IDX((now) - (event) - 1) < (moved))

/* ---- cairn_virtq_driver_* ---- */

inline driver_publish()
{
	if
	:: added != published ->
		store(AVAIL_IDX, IDX(START + added), RELEASE_AVAIL);
		unkicked = unkicked + added - published;
		published = added
	:: else
	fi
}

inline driver_must_kick()
{
	if
	:: unkicked > 0 ->
#ifndef WITHOUT_FENCE_BEFORE_KICK
		full_fence(DRIVER);
#endif
		load(AVAIL_EVENT, told, RELAXED);
		if
#if EVENT_IDX
		:: PASSED(told, START + published, unkicked) -> kicked = true
#else
		:: !told -> kicked = true
#endif
		:: else
		fi;
		unkicked = 0;
		told = 0 /* forgotten, so that fewer states differ; below as well */
	:: else
	fi
}

inline driver_enable_interrupts()
{
#if EVENT_IDX
	store(USED_EVENT, IDX(START + next_used), RELAXED);
#else
	store(USED_EVENT, 0, RELAXED);
#endif
#ifndef WITHOUT_FENCE_BEFORE_DRIVER_SLEEPS
	full_fence(DRIVER);
#endif
	load(USED_IDX, idx, ACQUIRE_USED)
}

inline driver_disable_interrupts()
{
#if !EVENT_IDX
	store(USED_EVENT, 1, RELAXED)
#else
	skip
#endif
}

proctype driver()
{
	byte added, published, unkicked, next_used, told, idx;
	bool progress;

	do
	:: next_used == CHAINS -> break
	:: else ->
		do
		:: added < CHAINS && added - next_used < SIZE ->
			d_step {
				touch(DRIVER, added % SIZE);
				cells[added % SIZE].number = added + 1;
				added++
			}
			if
			:: driver_publish(); driver_must_kick()
			:: skip /* later, with the next */
			fi
		:: else -> break
		od;
		driver_publish();
		driver_must_kick();
		progress = false;
		do
		:: load(USED_IDX, idx, ACQUIRE_USED);
			if
			:: idx == IDX(START + next_used) -> idx = 0; break
			:: else ->
				d_step {
					idx = 0;
					touch(DRIVER, next_used % SIZE);
					assert(cells[next_used % SIZE].number == 128 + next_used + 1);
					cells[next_used % SIZE].number = 0;
					next_used++;
					progress = true
				}
			fi
		od;
		if
		:: !progress ->
			driver_enable_interrupts();
			if
			:: idx == IDX(START + next_used) ->
				d_step { called -> called = false; idx = 0 };
				driver_disable_interrupts()
			:: else -> idx = 0
			fi
		:: else
		fi
	od
}

/* ---- cairn_virtq_* ---- */

inline publish()
{
	if
	:: put != published ->
		store(USED_IDX, IDX(START + put), RELEASE_USED);
		unsignalled = unsignalled + put - published;
		published = put
	:: else
	fi
}

inline must_signal()
{
	if
	:: unsignalled > 0 ->
#ifndef WITHOUT_FENCE_BEFORE_SIGNAL
		full_fence(DEVICE);
#endif
		load(USED_EVENT, told, RELAXED);
		if
#if EVENT_IDX
		:: PASSED(told, START + published, unsignalled) -> called = true
#else
		:: !told -> called = true
#endif
		:: else
		fi;
		unsignalled = 0;
		told = 0
	:: else
	fi
}

inline enable_kicks()
{
#if EVENT_IDX
	store(AVAIL_EVENT, IDX(START + put), RELAXED);
#else
	store(AVAIL_EVENT, 0, RELAXED);
#endif
#ifndef WITHOUT_FENCE_BEFORE_DEVICE_SLEEPS
	full_fence(DEVICE);
#endif
	load(AVAIL_IDX, idx, ACQUIRE_AVAIL)
}

inline disable_kicks()
{
#if !EVENT_IDX
	store(AVAIL_EVENT, 1, RELAXED)
#else
	skip
#endif
}

proctype device()
{
	byte put, published, unsignalled, told, idx;

	do
	:: put == CHAINS -> break
	:: else ->
		do
		:: load(AVAIL_IDX, idx, ACQUIRE_AVAIL);
			if
			:: idx == IDX(START + put) -> idx = 0; break
			:: else ->
				d_step {
					idx = 0;
					touch(DEVICE, put % SIZE);
					assert(cells[put % SIZE].number == put + 1);
					cells[put % SIZE].number = 128 + put + 1;
					put++
				}
				if
				:: publish()
				:: skip /* later, with the next */
				fi
			fi
		od;
		publish();
		must_signal();
		if
		:: put < CHAINS ->
			enable_kicks();
			if
			:: idx == IDX(START + put) ->
				d_step { kicked -> kicked = false; idx = 0 };
				disable_kicks()
			:: else -> idx = 0
			fi
		:: else
		fi
	od
}

/* As init of both ends leaves the ring. */
init
{
	atomic {
		words[AVAIL_IDX].value[0] = START;
		words[USED_IDX].value[0] = START;
#if EVENT_IDX
		words[USED_EVENT].value[0] = START;
		words[AVAIL_EVENT].value[0] = START;
#endif
		run driver();
		run device()
	}
}
