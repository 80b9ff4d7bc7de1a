/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/screen.h"

#define SCREEN_HOME       "\033[H"
#define SCREEN_CLEAR_LINE "\033[K"
#define SCREEN_CLEAR_REST "\033[J"
#define SCREEN_CLEAR      "\033[2J"
#define SCREEN_NO_WRAP    "\033[?7l" /* A character may be two cells wide. */
#define SCREEN_WRAP       "\033[?7h"
#define SCREEN_NO_CURSOR  "\033[?25l"
#define SCREEN_CURSOR     "\033[?25h"
#define SCREEN_NO_COLOUR  "\033[0m"

static void
screen_mask(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGWINCH);
}

static void
screen_take_keys(struct screen *s)
{
	struct termios raw;

	s->has_keys = isatty(STDIN_FILENO) == 1 &&
	    tcgetattr(STDIN_FILENO, &s->saved) == 0;
	if (!s->has_keys)
		return;
	raw = s->saved;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

int
screen_open(struct screen *s, struct error *err)
{
	sigset_t set;

	memset(s, 0, sizeof *s);
	screen_mask(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return error_set_errno(err, errno, "sigprocmask");
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals == -1)
		return error_set_errno(err, errno, "signalfd");
	s->is_tty = isatty(STDOUT_FILENO) == 1;
	if (s->is_tty) {
		screen_take_keys(s);
		(void)fputs(SCREEN_NO_CURSOR SCREEN_NO_WRAP SCREEN_CLEAR,
		    stdout);
	}
	return 0;
}

void
screen_close(struct screen *s)
{
	sigset_t set;

	if (s->is_tty)
		(void)fputs(SCREEN_WRAP SCREEN_CURSOR "\n", stdout);
	(void)fflush(stdout);
	if (s->has_keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &s->saved);
	mem_closep(&s->signals);
	free(s->shown);
	screen_mask(&set);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The length of the escape sequence at p, 0 if there is none. */
static size_t
screen_escape(const char *p)
{
	size_t n = 2;

	if (p[0] != '\033' || p[1] != '[')
		return 0;
	n += strspn(p + n, "0123456789;?");
	return p[n] == '\0' ? n : n + 1;
}

/* One line of at most `columns` characters; returns where it ends. */
static const char *
screen_line(const char *p, size_t columns, struct strbuf *sb)
{
	size_t width = 0, n;
	bool is_cut = false;

	while (*p != '\0' && *p != '\n') {
		n = screen_escape(p);
		if (n == 0) {
			for (n = 1; ((unsigned char)p[n] & 0xc0) == 0x80; n++)
				;
			if (width++ >= columns) {
				is_cut = true;
				p += n;
				continue;
			}
		}
		if (!is_cut)
			strbuf_addn(sb, p, n);
		p += n;
	}
	if (is_cut)
		strbuf_adds(sb, SCREEN_NO_COLOUR);
	return p;
}

void
screen_cut(const char *text, size_t columns, struct strbuf *sb)
{
	while (*text != '\0') {
		text = screen_line(text, columns, sb);
		if (*text == '\n') {
			strbuf_addc(sb, '\n');
			text++;
		}
	}
}

size_t
screen_columns(int fd)
{
	struct winsize size = { 0 };

	if (ioctl(fd, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

void
screen_compose(const char *text, size_t rows, size_t columns, struct strbuf *sb)
{
	strbuf_adds(sb, SCREEN_HOME);
	for (size_t row = 0; row < rows && *text != '\0'; row++) {
		if (row > 0)
			strbuf_adds(sb, "\r\n");
		text = screen_line(text, columns, sb);
		strbuf_adds(sb, SCREEN_CLEAR_LINE);
		text += *text == '\n';
	}
	strbuf_adds(sb, SCREEN_CLEAR_REST);
}

void
screen_redraw(struct screen *s)
{
	struct winsize size = { 0 };
	autostrbuf sb = { 0 };

	if (!s->is_tty || s->shown == NULL)
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_row == 0) {
		size.ws_row = 24;
		size.ws_col = 80;
	}
	screen_compose(s->shown, size.ws_row, size.ws_col, &sb);
	(void)fwrite(strbuf_cstr(&sb), 1, sb.len, stdout);
	(void)fflush(stdout);
}

void
screen_show(struct screen *s, const char *text)
{
	if (!s->is_tty) {
		if (s->shown != NULL && strcmp(s->shown, text) == 0)
			return;
		if (s->shown != NULL)
			(void)fputc('\n', stdout);
		(void)fputs(text, stdout);
		(void)fflush(stdout);
	}
	xreplace(&s->shown, text);
	screen_redraw(s);
}

enum screen_input
screen_read(struct screen *s, int fd)
{
	struct signalfd_siginfo info;
	char key;

	if (fd == s->signals) {
		if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
			return SCREEN_NOTHING;
		return info.ssi_signo == SIGWINCH ? SCREEN_RESIZED :
						    SCREEN_QUIT;
	}
	if (read(fd, &key, 1) != 1)
		return SCREEN_QUIT;
	return key == 'q' || key == 'Q' || key == 3 ? SCREEN_QUIT :
						      SCREEN_NOTHING;
}
