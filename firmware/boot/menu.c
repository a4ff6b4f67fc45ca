/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include "menu.h"

#include <cairn/math.h>
#include <fw/clock.h>
#include <fw/console.h>

#define POLL_NS   UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)

enum { ROWS = 12 }; /* of candidates, at once */

struct menu {
	const struct fw_candidates *c;
	uint32_t selected, top; /* top: the first that is shown */
	uint32_t number;        /* that is being typed; 0: none */
};

bool fw_menu_key(struct fw_efi_key *ret_key, bool is_patient)
{
	uint64_t start = fw_clock_ns();

	while (!fw_efi_key(ret_key)) {
		if (!is_patient && fw_clock_ns() - start > FW_MENU_IDLE_NS)
			return false;
		fw_clock_stall_ns(POLL_NS);
	}
	return true;
}

static bool wait_seconds(uint32_t seconds)
{
	uint64_t start = fw_clock_ns();
	struct fw_efi_key key;

	for (uint32_t past = 0; past < seconds;) {
		fw_print("\rstarts in %u s; any key for a menu \033[K", seconds - past);
		while ((fw_clock_ns() - start) / SECOND_NS == past) {
			if (fw_efi_key(&key)) {
				fw_print("\n");
				return true;
			}
			fw_clock_stall_ns(POLL_NS);
		}
		past = (uint32_t)cairn_min_u64((fw_clock_ns() - start) / SECOND_NS, seconds);
	}
	fw_print("\r\033[K");
	return false;
}

bool fw_menu_wait(const struct fw_candidates *c)
{
	struct fw_efi_key key;

	if (c->n == 0 || c->wait == CAIRN_BLS_TIMEOUT_DISABLED)
		return false;
	if (c->wait == CAIRN_BLS_TIMEOUT_FORCE || fw_efi_key(&key))
		return true;
	return c->wait == CAIRN_BLS_TIMEOUT_SECONDS && wait_seconds(c->wait_s);
}

static const char *state_of(const struct fw_candidate *c)
{
	switch (c->state) {
	case FW_NOT_STARTED:
		return "not started";
	case FW_CAME_BACK:
		return "came back";
	case FW_NOT_TRIED:
		break;
	}
	return "";
}

static uint32_t rows(const struct menu *m)
{
	return m->c->n < ROWS ? m->c->n : ROWS;
}

static void draw(struct menu *m)
{
	bool may_edit = m->c->may_edit && m->c->v[m->selected].kind == FW_CANDIDATE_ENTRY;

	if (m->selected < m->top)
		m->top = m->selected;
	if (m->selected >= m->top + rows(m))
		m->top = m->selected - rows(m) + 1;
	for (uint32_t i = m->top; i < m->top + rows(m); i++)
		fw_print("\r%s%3u  %-58.58s %s\033[K\n", i == m->selected ? ">" : " ", i + 1,
			 m->c->v[i].title, state_of(&m->c->v[i]));
	fw_print("\rEnter starts, Escape goes on by itself%s\033[K", may_edit ? ", e edits" : "");
}

static void draw_again(struct menu *m)
{
	fw_print("\033[%uA", rows(m));
	draw(m);
}

static void move(struct menu *m, const struct fw_efi_key *key)
{
	uint32_t digit = (uint32_t)key->unicode - '0';

	if (key->scan == FW_EFI_KEY_UP)
		m->selected = m->selected ? m->selected - 1 : m->c->n - 1;
	if (key->scan == FW_EFI_KEY_DOWN)
		m->selected = m->selected + 1 < m->c->n ? m->selected + 1 : 0;
	if (key->unicode < '0' || key->unicode > '9') {
		m->number = 0;
		return;
	}
	m->number = m->number * 10 + digit;
	if (m->number > m->c->n)
		m->number = digit;
	if (m->number > 0 && m->number <= m->c->n)
		m->selected = m->number - 1;
}

/* 0: it is to be started so; 1: the menu again; or -ECANCELED: nobody is there. */
static int edit(const struct menu *m, struct fw_choice *choice)
{
	const struct fw_candidate *c = &m->c->v[m->selected];
	struct cairn_err err = { 0 };
	int r;

	if (!m->c->may_edit || c->kind != FW_CANDIDATE_ENTRY)
		return 1;
	fw_print("\n");
	if (fw_entry_options(c->entry, choice->options, &err) < 0) {
		fw_print("%s\n", err.what);
		return 1;
	}
	r = fw_edit(choice->options, sizeof(choice->options));
	choice->is_edited = r == 0;
	return r == -EAGAIN ? 1 : r;
}

int fw_menu_choose(const struct fw_candidates *c, struct fw_choice *ret)
{
	bool is_patient = c->wait == CAIRN_BLS_TIMEOUT_FORCE;
	struct menu m = { .c = c };
	struct fw_efi_key key;
	int r = 1;

	ret->is_edited = false;
	fw_print("\n");
	draw(&m);
	while (r > 0) {
		if (!fw_menu_key(&key, is_patient) || key.scan == FW_EFI_KEY_ESC) {
			r = -ECANCELED;
		} else if (key.unicode == '\r' || key.unicode == '\n') {
			r = 0;
		} else if (key.unicode == 'e') {
			r = edit(&m, ret);
			if (r > 0)
				draw(&m);
		} else {
			move(&m, &key);
			draw_again(&m);
		}
	}
	fw_print("\n");
	ret->i = m.selected;
	return r;
}
