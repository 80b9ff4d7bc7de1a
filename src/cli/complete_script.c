/* SPDX-License-Identifier: Apache-2.0 */
/* All that is known about completing is in tenon; shells only ask. */

#include <string.h>

#include "base/mem.h"
#include "cli/complete.h"

/* bash replaces what stands behind the last ":" or "=", not the whole word. */
static const char bash[] =
    "# bash completion for tenon\n"
    "_tenon() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} cur head\n"
    "\tlocal -a words\n"
    "\tread -ra words <<<\"$line\"\n"
    "\t[[ $line == *[[:space:]] ]] && words+=('')\n"
    "\tcur=${words[-1]}\n"
    "\thead=${cur%\"${cur##*[:=]}\"}\n"
    "\tmapfile -t COMPREPLY < <(\"${words[0]}\" __complete -- "
    "\"${words[@]:1}\" 2>/dev/null | cut -f1)\n"
    "\tif [[ ${COMPREPLY[0]-} == " COMPLETE_FILES " ]]; then\n"
    "\t\tCOMPREPLY=()\n"
    "\t\tcompopt -o default\n"
    "\t\treturn\n"
    "\tfi\n"
    "\t[[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace\n"
    "\tCOMPREPLY=(\"${COMPREPLY[@]#\"$head\"}\")\n"
    "}\n"
    "complete -F _tenon tenon\n";

static const char zsh[] =
    "#compdef tenon\n"
    "_tenon() {\n"
    "\tlocal line\n"
    "\tlocal -a found\n"
    "\tfor line in \"${(@f)$(\"${words[1]}\" __complete -- "
    "\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "\t\t[[ -n $line ]] || continue\n"
    "\t\tif [[ $line == " COMPLETE_FILES " ]]; then\n"
    "\t\t\t_files\n"
    "\t\t\treturn\n"
    "\t\tfi\n"
    "\t\tline=${line//:/\\\\:}\n"
    "\t\tfound+=(\"${line/$'\\t'/:}\")\n"
    "\tdone\n"
    "\t_describe tenon found\n"
    "}\n"
    "if [[ ${funcstack[1]-} == _tenon ]]; then\n"
    "\t_tenon \"$@\"\n"
    "else\n"
    "\tcompdef _tenon tenon\n"
    "fi\n";

static const char fish[] =
    "# fish completion for tenon\n"
    "function __tenon_complete\n"
    "\tset -l words (commandline -opc) (commandline -ct)\n"
    "\tset -l found ($words[1] __complete -- $words[2..] 2>/dev/null)\n"
    "\tif test \"$found\" = " COMPLETE_FILES "\n"
    "\t\t__fish_complete_path (commandline -ct)\n"
    "\telse\n"
    "\t\tprintf '%s\\n' $found\n"
    "\tend\n"
    "end\n"
    "complete -c tenon -f -a '(__tenon_complete)'\n";

const char *
complete_script(const char *shell)
{
	static const struct {
		const char *shell, *script;
	} scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; i < nitems(scripts); i++)
		if (strcmp(scripts[i].shell, shell) == 0)
			return scripts[i].script;
	return NULL;
}
