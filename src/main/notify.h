/* SPDX-License-Identifier: Apache-2.0 */
/* notify - tell systemd how we are, as Type=notify wants it. */

#ifndef MAIN_NOTIFY_H
#define MAIN_NOTIFY_H

/* "READY=1"; does nothing when NOTIFY_SOCKET is not set. */
void notify_systemd(const char *state);

#endif /* MAIN_NOTIFY_H */
