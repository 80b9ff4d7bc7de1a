/* SPDX-License-Identifier: Apache-2.0 */
/* limits - every maximum that something from outside can run into. */

#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_BODY_BYTES     1048576 /* One API request. */
#define LIMIT_MESSAGE_BYTES  1048576 /* One hook tool request. */
#define LIMIT_JSON_DEPTH     32
#define LIMIT_YAML_BYTES     1048576
#define LIMIT_YAML_DEPTH     16
#define LIMIT_CONNECTIONS    512
#define LIMIT_NAME_BYTES     63 /* Application and model names. */
#define LIMIT_BAG_BYTES      262144
#define LIMIT_SECRET_BYTES   65536 /* The content of one revision. */
#define LIMIT_SECRETS        1000  /* Of one application. */
#define LIMIT_UNITS_PER_CALL 100
#define LIMIT_STATUS_BYTES   4096
#define LIMIT_LOG_LINE_BYTES 4096
#define LIMIT_SERVICE_LOG    16777216
#define LIMIT_JOURNAL_ROWS   20000
#define LIMIT_TASKS          1000
#define LIMIT_UPDATE_AFTER_S 86400 /* How far ahead a charm may ask. */

#endif /* BASE_LIMITS_H */
