# bash completion for jrunc. Options come from each command's own help, so that they cannot fall behind.
_jrunc()
{
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} jrunc=${COMP_WORDS[0]} verb= root= i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) root=${COMP_WORDS[++i]} ;;
		--log | --log-format | --rootless) ((i++)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $previous in
	--log-format) COMPREPLY=($(compgen -W "text json" -- "$word")); return ;;
	--rootless) [[ -n $verb ]] || { COMPREPLY=($(compgen -W "true false auto" -- "$word")); return; } ;;
	--format | -f) [[ $verb == delete ]] || { COMPREPLY=($(compgen -W "table json" -- "$word")); return; } ;;
	--manage-cgroups-mode) COMPREPLY=($(compgen -W "soft full strict ignore" -- "$word")); return ;;
	--root | --bundle | -b | --image-path | --work-path) COMPREPLY=($(compgen -d -- "$word")); return ;;
	--log | --pid-file | --process | -p | --resources | -r | --console-socket | --pidfd-socket | --hold-socket) COMPREPLY=($(compgen -f -- "$word")); return ;;
	esac
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$("$jrunc" ${verb:+"$verb"} --help 2>/dev/null | sed -n '/OPTIONS:$/,$s/^   \(-.*\)/\1/p' |
			sed 's/  .*//' | grep -oE -- '--?[a-z0-9-]+')" -- "$word"))
	elif [[ -z $verb ]]; then
		COMPREPLY=($(compgen -W "$("$jrunc" --help 2>/dev/null | sed -n '/^COMMANDS:$/,/^$/s/^   \([a-z]*\).*/\1/p')" -- "$word"))
	else
		case $verb in
		help) COMPREPLY=($(compgen -W "$("$jrunc" --help 2>/dev/null | sed -n '/^COMMANDS:$/,/^$/s/^   \([a-z]*\).*/\1/p')" -- "$word")) ;;
		engine) COMPREPLY=($(compgen -W "status stop serve" -- "$word")) ;;
		create | run | restore | spec | features | list | gc) ;;
		*) COMPREPLY=($(compgen -W "$("$jrunc" ${root:+--root "$root"} list --quiet 2>/dev/null)" -- "$word")) ;;
		esac
	fi
}
complete -F _jrunc jrunc
