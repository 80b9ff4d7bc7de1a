/* SPDX-License-Identifier: Apache-2.0 */
/* limits - every maximum that something from outside can run into. */

#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_BODY_BYTES     1048576 /* One API request. */
#define LIMIT_OUTPUT_BYTES   1048576 /* Of an action, kept of each stream. */
#define LIMIT_MESSAGE_BYTES  1048576 /* One hook tool request. */
#define LIMIT_JSON_DEPTH     32
#define LIMIT_YAML_BYTES     1048576
#define LIMIT_YAML_DEPTH     16
#define LIMIT_NAME_BYTES     63 /* Application and model names. */
#define LIMIT_BAG_BYTES      262144
#define LIMIT_SECRET_BYTES   65536 /* The content of one revision. */
#define LIMIT_SECRETS        50000 /* Of one application. */
#define LIMIT_UNITS_PER_CALL 100
#define LIMIT_STATUS_BYTES   4096
#define LIMIT_STATEMENTS     10000 /* Of one step. */
#define LIMIT_STEPS          1000  /* Rehearsed together. */
#define LIMIT_LOG_LINE_BYTES 4096
#define LIMIT_SERVICE_LOG    16777216
#define LIMIT_JOURNAL_ROWS   20000
#define LIMIT_STATUS_ROWS    100 /* Of each kind, for each entity. */
#define LIMIT_TASKS          1000
#define LIMIT_IDLE_CHARMS    64    /* Processes that stay without work. */
#define LIMIT_UPDATE_AFTER_S 86400 /* How far ahead a charm may ask. */

/* The log of one model. */
#define LIMIT_LOGBOOK_FILES      4
#define LIMIT_LOGBOOK_FILE_BYTES 2097152
#define LIMIT_LOGBOOK_LINE_BYTES 8192
#define LIMIT_LOGBOOK_PAGE_BYTES 262144 /* Read at once. */
#define LIMIT_LOGBOOK_PAGE_LINES 1000

/* The kinds add up to all: nobody takes a place that is there for others. */
#define LIMIT_CONNECTIONS           512
#define LIMIT_CONNECTIONS_OWN       192 /* Of the owner; and of root. */
#define LIMIT_CONNECTIONS_OTHERS    96  /* Of all others with a role. */
#define LIMIT_CONNECTIONS_USER      48  /* Of one of these. */
#define LIMIT_CONNECTIONS_STRANGERS 32  /* Of all without a role. */

#define LIMIT_USERS_SEEN 256 /* Of whom is known when they last came. */

#define LIMIT_USER_BYTES 33554432 /* Bodies and answers of a user. */
#define LIMIT_REQUEST_S  60       /* To send one; to read its answer. */

#endif /* BASE_LIMITS_H */
