/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/cfi_flash.h>
#include <cairn/math.h>

#define BLOCK  CAIRN_CFI_FLASH_BLOCK_BYTES
#define BUFFER CAIRN_CFI_FLASH_BUFFER_BYTES

enum mode {
	ARRAY,
	STATUS,
	ID,
	QUERY,
	/* The first cycle of a command has come, and the next belongs to it. */
	PROGRAM,
	ERASE,
	LOCK,
	BUFFER_COUNT,
	BUFFER_DATA,
	BUFFER_CONFIRM,
};

enum {
	COMMAND_PROGRAM = 0x40,
	COMMAND_PROGRAM_OTHER = 0x10, /* the same */
	COMMAND_ERASE = 0x20,
	COMMAND_CLEAR_STATUS = 0x50,
	COMMAND_LOCK = 0x60,
	COMMAND_STATUS = 0x70,
	COMMAND_ID = 0x90,
	COMMAND_QUERY = 0x98,
	COMMAND_SUSPEND = 0xb0,
	COMMAND_CONFIRM = 0xd0, /* also resumes, and unlocks */
	COMMAND_BUFFER = 0xe8,

	READY = 0x80,
	ERASE_FAILED = 0x20,
	PROGRAM_FAILED = 0x10,
	SEQUENCE = ERASE_FAILED | PROGRAM_FAILED, /* cycles that make no command */

	ID_MAKER = 0x89, /* Intel's: what drivers of this command set know */
	ID_CHIP = 0x18,

	ERASED = 0xff,
};

/* Offsets into the table (JESD68.01, 2.2 to 2.4) that depend on the size. */
enum {
	QUERY_AT = 0x10,
	QUERY_SIZE = 0x27,
	QUERY_BLOCKS = 0x2d, /* less one, 16 bits */
	QUERY_LEN = 0x40,
};

static const uint8_t table[QUERY_LEN - QUERY_AT] = {
	'Q',         'R',  'Y',                  /* 10h */
	0x01,        0x00,                       /* 13h: Intel's command set */
	0x31,        0x00,                       /* 15h: its own table */
	0x00,        0x00,                       /* 17h: no other command set */
	0x00,        0x00,                       /* 19h */
	0x27,        0x36,                       /* 1bh: 2.7 to 3.6 V */
	0x00,        0x00,                       /* 1dh: no voltage to program with */
	0x04,                                    /* 1fh: a byte takes 2^4 us */
	0x08,                                    /* 20h: a buffer, 2^8 us */
	0x0a,                                    /* 21h: a block to erase, 2^10 ms */
	0x00,                                    /* 22h: the chip is not erased as a whole */
	0x04,                                    /* 23h: at most 2^4 times that long: a byte, */
	0x04,                                    /* 24h: a buffer, */
	0x04,                                    /* 25h: a block */
	0x00,                                    /* 26h */
	0x00,                                    /* 27h: 2^n bytes, see query() */
	0x00,        0x00,                       /* 28h: on 8 bits */
	0x08,        0x00,                       /* 2ah: a buffer of 2^8 bytes */
	0x01,                                    /* 2ch: one region of blocks, */
	0x00,        0x00,                       /* 2dh: so many and one more, see query(), */
	BLOCK >> 8,                              /* 2fh: of so many times 256 bytes */
	BLOCK >> 16, 'P',  'R',  'I',  '1', '1', /* 31h: Intel's table, version 1.1 */
	0x00,        0x00, 0x00, 0x00,           /* 36h: none of the features */
	0x00,                                    /* 3ah: nothing after a suspend */
	0x00,        0x00,                       /* 3bh: no status of blocks */
	0x33,                                    /* 3dh: 3.3 V are best */
	0x00,                                    /* 3eh */
	0x00,                                    /* 3fh: no protection register */
};
_Static_assert(BUFFER == 1 << 8, "as the table says, and as a count of one byte can");

int cairn_cfi_flash_init(struct cairn_cfi_flash *f, uint8_t *bytes, uint32_t size_bytes,
			 struct cairn_trigger settle)
{
	if (size_bytes < CAIRN_CFI_FLASH_MIN_BYTES || size_bytes > CAIRN_CFI_FLASH_MAX_BYTES ||
	    !cairn_is_pow2(size_bytes))
		return -EINVAL;
	*f = (struct cairn_cfi_flash){
		.bytes = bytes, .size_bytes = size_bytes, .settle = settle, .status = READY
	};
	return 0;
}

void cairn_cfi_flash_settle(struct cairn_cfi_flash *f)
{
	if (f->is_unsettled)
		cairn_trigger_fire(&f->settle);
	f->is_unsettled = false;
}

static uint8_t log2_of(uint32_t power)
{
	uint8_t n = 0;

	while (power >> n > 1)
		n++;
	return n;
}

static uint8_t query(const struct cairn_cfi_flash *f, uint8_t at)
{
	uint32_t last_block = f->size_bytes / BLOCK - 1;

	if (at < QUERY_AT || at >= QUERY_LEN)
		return 0;
	switch (at) {
	case QUERY_SIZE:
		return log2_of(f->size_bytes);
	case QUERY_BLOCKS:
		return (uint8_t)last_block;
	case QUERY_BLOCKS + 1:
		return (uint8_t)(last_block >> 8);
	default:
		return table[at - QUERY_AT];
	}
}

static uint8_t identify(uint32_t in_block)
{
	switch (in_block) {
	case 0:
		return ID_MAKER;
	case 1:
		return ID_CHIP;
	default:
		return 0; /* 2: the block is not locked */
	}
}

static uint8_t read_byte(const struct cairn_cfi_flash *f, uint32_t off)
{
	switch (f->mode) {
	case ARRAY:
		return f->bytes[off];
	case ID:
		return identify(off % BLOCK);
	case QUERY:
		return query(f, (uint8_t)off);
	default:
		return f->status;
	}
}

static void program(struct cairn_cfi_flash *f, uint32_t off, const uint8_t *bytes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		f->bytes[off + i] &= bytes[i];
	f->is_unsettled = true;
	f->mode = STATUS;
}

static void erase(struct cairn_cfi_flash *f, uint32_t off)
{
	memset(f->bytes + off / BLOCK * BLOCK, ERASED, BLOCK);
	f->is_unsettled = true;
	f->mode = STATUS;
}

static void fail(struct cairn_cfi_flash *f)
{
	f->status |= SEQUENCE;
	f->mode = STATUS;
}

/* The first byte says where, and the others come in any order behind it. */
static void take(struct cairn_cfi_flash *f, uint32_t off, uint8_t value)
{
	if (f->n_taken == 0)
		f->at = off;
	if (f->at % BLOCK + f->n > BLOCK || off - f->at >= f->n) {
		fail(f);
		return;
	}
	f->buffer[off - f->at] = value;
	if (++f->n_taken == f->n)
		f->mode = BUFFER_CONFIRM;
}

static void start_buffer(struct cairn_cfi_flash *f, uint8_t count)
{
	f->n = count + 1u;
	f->n_taken = 0;
	memset(f->buffer, ERASED, sizeof(f->buffer));
	f->mode = BUFFER_DATA;
}

static void command(struct cairn_cfi_flash *f, uint8_t value)
{
	switch (value) {
	case COMMAND_PROGRAM:
	case COMMAND_PROGRAM_OTHER:
		f->mode = PROGRAM;
		break;
	case COMMAND_ERASE:
		f->mode = ERASE;
		break;
	case COMMAND_LOCK:
		f->mode = LOCK;
		break;
	case COMMAND_BUFFER:
		f->mode = BUFFER_COUNT;
		break;
	case COMMAND_ID:
		f->mode = ID;
		break;
	case COMMAND_QUERY:
		f->mode = QUERY;
		break;
	case COMMAND_CLEAR_STATUS:
		f->status = READY;
		break;
	case COMMAND_STATUS:
	case COMMAND_SUSPEND: /* nothing goes on, and nothing was suspended */
	case COMMAND_CONFIRM:
		f->mode = STATUS;
		break;
	default:
		cairn_cfi_flash_settle(f);
		f->mode = ARRAY;
		break;
	}
}

/* The last cycle of a command that asks to be confirmed. */
static void confirm(struct cairn_cfi_flash *f, uint32_t off)
{
	if (f->mode == ERASE)
		erase(f, off);
	else if (f->mode == BUFFER_CONFIRM)
		program(f, f->at, f->buffer, f->n);
	else
		f->mode = STATUS; /* unlocked, as every block is */
}

static void write_byte(struct cairn_cfi_flash *f, uint32_t off, uint8_t value)
{
	switch (f->mode) {
	case PROGRAM:
		program(f, off, &value, 1);
		break;
	case ERASE:
	case LOCK:
	case BUFFER_CONFIRM:
		if (value == COMMAND_CONFIRM)
			confirm(f, off);
		else
			fail(f);
		break;
	case BUFFER_COUNT:
		start_buffer(f, value);
		break;
	case BUFFER_DATA:
		take(f, off, value);
		break;
	default:
		command(f, value);
		break;
	}
}

static enum cairn_io bus_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	const struct cairn_cfi_flash *f = ctx;
	uint64_t value = 0;

	for (uint32_t i = 0; i < len; i++)
		value |= (uint64_t)read_byte(f, (uint32_t)off + i) << 8 * i;
	*ret_value = value;
	return CAIRN_IO_DONE;
}

static enum cairn_io bus_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	write_byte(ctx, (uint32_t)off, (uint8_t)value);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_cfi_flash_bus_ops = { .read = bus_read, .write = bus_write };

bool cairn_cfi_flash_is_array(const struct cairn_cfi_flash *f)
{
	return f->mode == ARRAY;
}

bool cairn_cfi_flash_is_valid(const struct cairn_cfi_flash *f)
{
	if (f->mode == BUFFER_DATA && f->n_taken == 0)
		return f->n <= BUFFER;
	if (f->mode != BUFFER_DATA && f->mode != BUFFER_CONFIRM)
		return f->mode <= BUFFER_CONFIRM && f->status & READY;
	return f->n <= BUFFER && f->n_taken <= f->n && f->at < f->size_bytes &&
	       f->at % BLOCK + f->n <= BLOCK;
}
