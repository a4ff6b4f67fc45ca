# SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
# Completion of cairn and cairn-device for bash. The options come from
# the program's own --help, so that there is no second list: "--name FORM", where a form is a word in
# capitals, words between bars, or keys with brackets.

# _cairn_forms COMMAND...: the options that its --help lists, as "--name" or "--name FORM".
_cairn_forms() {
	"$@" --help 2>/dev/null | sed -nE 's/^  (--[a-z-]+)( ([^ ,][^ ]*))?(, -h)?( .*)?$/\1 \3/p'
}

# _cairn_form NAME: the form of its value, of what _cairn_forms has printed; nothing for a flag.
_cairn_form() {
	local name form
	while read -r name form; do
		[[ $name == "$1" ]] && printf '%s' "$form"
	done
}

# _cairn_pieces FORM: keys, or the words between bars, one a line.
_cairn_pieces() {
	case $1 in
	*\[,*) sed 's/\[,/\n/g; s/\]//g' <<<"$1" ;;
	*) tr '|' '\n' <<<"$1" ;;
	esac
}

# _cairn_values FORM TEXT PREFIX: what TEXT may become where FORM is wanted, each behind PREFIX.
_cairn_values() {
	local form=$1 text=$2 prefix=$3 piece
	if [[ $form == *\[,* && $text == *,* ]]; then
		prefix+=${text%,*},
		text=${text##*,}
	fi
	case $form in
	FILE | PATH) compgen -P "$prefix" -f -- "$text" ;;
	*[\|=]*)
		while read -r piece; do
			if [[ $piece == *=* && $text == "${piece%%=*}="* ]]; then
				_cairn_values "${piece#*=}" "${text#*=}" "$prefix${piece%%=*}="
			elif [[ ${piece/=*/=} == "$text"* ]]; then
				printf '%s\n' "$prefix${piece/=*/=}"
			fi
		done < <(_cairn_pieces "$form")
		;;
	esac
}

# _cairn_words COMMAND WORD...: prints what the last word may become.
_cairn_words() {
	local word=${*: -1} before=${*: -2:1} forms form
	if (($# == 2)); then
		local first='run'
		[[ ${1##*/} == cairn-device ]] && first='blk rng'
		compgen -W "$first help version --help --version" -- "$word"
		return
	fi
	forms=$(_cairn_forms "$1" "$2")
	form=$(_cairn_form "$before" <<<"$forms")
	if [[ -n $form ]]; then
		_cairn_values "$form" "$word" ''
	elif [[ $word == --*=* ]]; then
		form=$(_cairn_form "${word%%=*}" <<<"$forms")
		_cairn_values "$form" "${word#*=}" "${word%%=*}="
	else
		compgen -W "$(cut -d' ' -f1 <<<"$forms")" -- "$word"
	fi
}

_cairn() {
	local line=${COMP_LINE:0:COMP_POINT} words i
	read -ra words <<<"$line" # the words of a shell: readline also breaks at '='
	[[ $line == *[[:space:]] ]] && words+=('')
	words[0]=$1
	mapfile -t COMPREPLY < <(_cairn_words "${words[@]}")
	[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
	for i in "${!COMPREPLY[@]}"; do
		# Readline puts in only what stands behind the last '='.
		[[ ${words[-1]} == *=* ]] && COMPREPLY[i]=${COMPREPLY[i]#"${words[-1]%=*}="}
		[[ -d ${COMPREPLY[i]} ]] && compopt -o filenames 2>/dev/null
	done
}

complete -F _cairn cairn cairn-device
