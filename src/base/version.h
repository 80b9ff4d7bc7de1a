/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/*
 * The release of Juju whose commands, output and hook environment we follow:
 * what clients and charms are told when they ask for the version.
 */
#define JUJU_VERSION "2.9.42"

#endif /* BASE_VERSION_H */
