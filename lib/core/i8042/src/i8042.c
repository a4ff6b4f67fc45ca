/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <cairn/i8042.h>

enum {
	STATUS_OUT_FULL = 0x01,
	STATUS_SYSTEM = 0x04,  /* the self test has passed */
	STATUS_COMMAND = 0x08, /* the last byte in was a command */
	STATUS_UNLOCKED = 0x10,
	STATUS_AUX = 0x20,
	STATUS_TIMEOUT = 0x40,
	STATUS_OF_OUT = STATUS_OUT_FULL | STATUS_AUX | STATUS_TIMEOUT, /* these belong to `out` */

	BYTE_KBD_IRQ = 0x01, /* the command byte, ram[0] */
	BYTE_SYSTEM = 0x04,
	BYTE_KBD_OFF = 0x10,
	BYTE_AUX_OFF = 0x20,
	BYTE_TRANSLATE = 0x40,

	CMD_READ_RAM = 0x20,  /* to 0x3f */
	CMD_WRITE_RAM = 0x60, /* to 0x7f */
	CMD_AUX_OFF = 0xa7,
	CMD_AUX_ON = 0xa8,
	CMD_TEST_AUX = 0xa9,
	CMD_SELF_TEST = 0xaa,
	CMD_TEST_KBD = 0xab,
	CMD_KBD_OFF = 0xad,
	CMD_KBD_ON = 0xae,
	CMD_READ_INPUT = 0xc0,
	CMD_READ_OUTPUT = 0xd0,
	CMD_WRITE_OUTPUT = 0xd1,
	CMD_WRITE_KBD_OUT = 0xd2,
	CMD_WRITE_AUX_OUT = 0xd3,
	CMD_WRITE_AUX = 0xd4,
	CMD_PULSE = 0xf0, /* to 0xff: output lines whose bit is 0 are pulsed low */

	OUTPUT_NOT_RESET = 0x01, /* the output port; low resets the processor */
	OUTPUT_A20 = 0x02,

	INPUT_UNLOCKED = 0x80,
	SELF_TEST_PASSED = 0x55,
	PORT_IDLE = 0x00,
	CLOCK_STUCK = 0x02, /* test of a port that is not there */
	RESEND = 0xfe,
};

static void update_irq(struct cairn_i8042 *c)
{
	bool high = (c->status & STATUS_OUT_FULL) && !(c->status & STATUS_AUX) &&
		    (c->ram[0] & BYTE_KBD_IRQ);

	if (high == c->irq_high)
		return;
	c->irq_high = high;
	cairn_line_set(&c->irq, high);
}

static void answer(struct cairn_i8042 *c, uint8_t byte, uint8_t status)
{
	c->out = byte;
	c->status = (uint8_t)((c->status & ~STATUS_OF_OUT) | STATUS_OUT_FULL | status);
}

static void set_byte(struct cairn_i8042 *c, uint8_t byte)
{
	c->ram[0] = byte;
	c->status =
	    (uint8_t)((c->status & ~STATUS_SYSTEM) | (byte & BYTE_SYSTEM ? STATUS_SYSTEM : 0));
}

static void set_output(struct cairn_i8042 *c, uint8_t lines)
{
	if (!(lines & OUTPUT_NOT_RESET))
		cairn_trigger_fire(&c->reset);
}

static void plain_command(struct cairn_i8042 *c, uint8_t cmd)
{
	switch (cmd) {
	case CMD_AUX_OFF:
		c->ram[0] |= BYTE_AUX_OFF;
		break;
	case CMD_AUX_ON:
		c->ram[0] &= (uint8_t)~BYTE_AUX_OFF;
		break;
	case CMD_TEST_AUX:
		answer(c, CLOCK_STUCK, 0);
		break;
	case CMD_SELF_TEST:
		set_byte(c, c->ram[0] | BYTE_SYSTEM);
		answer(c, SELF_TEST_PASSED, 0);
		break;
	case CMD_TEST_KBD:
		answer(c, PORT_IDLE, 0);
		break;
	case CMD_KBD_OFF:
		c->ram[0] |= BYTE_KBD_OFF;
		break;
	case CMD_KBD_ON:
		c->ram[0] &= (uint8_t)~BYTE_KBD_OFF;
		break;
	case CMD_READ_INPUT:
		answer(c, INPUT_UNLOCKED, 0);
		break;
	case CMD_READ_OUTPUT:
		answer(c, OUTPUT_NOT_RESET | OUTPUT_A20, 0);
		break;
	default: /* unknown: ignored, as the controller's program does */
		break;
	}
}

static void command(struct cairn_i8042 *c, uint8_t cmd)
{
	c->status |= STATUS_COMMAND;
	c->wants = 0;
	if (cmd >= CMD_PULSE)
		set_output(c, cmd);
	else if ((cmd & 0xe0) == CMD_READ_RAM)
		answer(c, c->ram[cmd & 0x1f], 0);
	else if ((cmd & 0xe0) == CMD_WRITE_RAM || (cmd >= CMD_WRITE_OUTPUT && cmd <= CMD_WRITE_AUX))
		c->wants = cmd;
	else
		plain_command(c, cmd);
}

static void data(struct cairn_i8042 *c, uint8_t byte)
{
	uint8_t cmd = c->wants;

	c->status &= (uint8_t)~STATUS_COMMAND;
	c->wants = 0;
	switch (cmd) {
	case 0: /* for the keyboard, which is not there; sending to it turns its interface on */
		c->ram[0] &= (uint8_t)~BYTE_KBD_OFF;
		answer(c, RESEND, STATUS_TIMEOUT);
		break;
	case CMD_WRITE_OUTPUT:
		set_output(c, byte);
		break;
	case CMD_WRITE_KBD_OUT:
	case CMD_WRITE_AUX_OUT: /* not marked as the mouse's: there is no such port */
		answer(c, byte, 0);
		break;
	case CMD_WRITE_AUX:
		answer(c, RESEND, STATUS_TIMEOUT | STATUS_AUX);
		break;
	case CMD_WRITE_RAM:
		set_byte(c, byte);
		break;
	default:
		c->ram[cmd & 0x1f] = byte;
		break;
	}
}

void cairn_i8042_reset(struct cairn_i8042 *c)
{
	memset(c->ram, 0, sizeof(c->ram));
	c->ram[0] = BYTE_KBD_OFF | BYTE_AUX_OFF | BYTE_TRANSLATE;
	c->status = STATUS_UNLOCKED;
	c->out = 0;
	c->wants = 0;
	update_irq(c);
}

void cairn_i8042_init(struct cairn_i8042 *c, struct cairn_line irq, struct cairn_trigger reset)
{
	*c = (struct cairn_i8042){ .irq = irq, .reset = reset };
	cairn_i8042_reset(c);
}

static enum cairn_io data_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	struct cairn_i8042 *c = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = c->out;
	c->status &= (uint8_t)~STATUS_OF_OUT;
	update_irq(c);
	return CAIRN_IO_DONE;
}

static enum cairn_io data_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	data(ctx, (uint8_t)value);
	update_irq(ctx);
	return CAIRN_IO_DONE;
}

static enum cairn_io status_read(void *ctx, uint64_t off, uint32_t len, uint64_t *ret_value)
{
	const struct cairn_i8042 *c = ctx;

	if (len != 1)
		return CAIRN_IO_BAD;
	*ret_value = c->status;
	return CAIRN_IO_DONE;
}

static enum cairn_io command_write(void *ctx, uint64_t off, uint32_t len, uint64_t value)
{
	if (len != 1)
		return CAIRN_IO_BAD;
	command(ctx, (uint8_t)value);
	update_irq(ctx);
	return CAIRN_IO_DONE;
}

const struct cairn_bus_ops cairn_i8042_data_ops = { .read = data_read, .write = data_write };
const struct cairn_bus_ops cairn_i8042_command_ops = { .read = status_read,
						       .write = command_write };
