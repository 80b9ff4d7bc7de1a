/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote - a value in the grammar of the program that is to read it. Each
 * appends to a strbuf; those that return -1 do so with ERROR_INVALID for a
 * value that the grammar has no way to write.
 */

#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

struct error;
struct strbuf;

/* libpq's keyword=value: 'it\'s' (PostgreSQL, 34.1.1.1). */
void quote_kv(struct strbuf *, const char *);

/* A field of .pgpass: \: and \\ (PostgreSQL, 34.16). */
void quote_pgpass(struct strbuf *, const char *);

/* A value of a service file: as it is, and blanks at its ends are lost. */
int quote_service(struct strbuf *, const char *, struct error *);

/* A word of a POSIX shell: 'it'\''s'. */
void quote_sh(struct strbuf *, const char *);

/* A value of systemd's EnvironmentFile= (systemd.exec(5)). */
void quote_systemd(struct strbuf *, const char *);

/*
 * A value of a .env file. Its readers disagree about quotes, backslashes and
 * ${}: a value with one of them is refused.
 */
int quote_dotenv(struct strbuf *, const char *, struct error *);

/* A string of JSON, which is one of Python too. */
void quote_json(struct strbuf *, const char *);

/* A value of java.util.Properties. */
void quote_properties(struct strbuf *, const char *);

/* A value of an ADO.NET connection string. */
void quote_ado(struct strbuf *, const char *);

#endif /* CLI_QUOTE_H */
