// One script a shell. Each asks `kubectl-hostport __complete WORDS…`, whose answer is kubectl's form for plug-ins: a candidate a line, its
// meaning behind a tab, and `:N` at the end, where 0 asks for names of files and the bit 2 for no blank behind the word.

const bash = `# bash completion for kubectl-hostport: source <(kubectl-hostport completion bash)
_kubectl_hostport() {
	local cur=\${COMP_WORDS[COMP_CWORD]} line directive=0
	COMPREPLY=()
	[ "$cur" = = ] && cur=
	while IFS= read -r line; do
		case $line in
			:*) directive=\${line#:} ;;
			*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
		esac
	done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	if (( directive & 2 )); then compopt -o nospace 2>/dev/null; fi
	if [ "$directive" = 0 ]; then mapfile -t COMPREPLY < <(compgen -f -- "$cur"); fi
}
complete -F _kubectl_hostport kubectl-hostport
`;

const zsh = `#compdef kubectl-hostport
# zsh completion for kubectl-hostport: source <(kubectl-hostport completion zsh)
_kubectl_hostport() {
	local line directive=0 prefix=
	local -a candidates
	[[ $PREFIX == --*=* ]] && prefix=\${PREFIX%%=*}=
	while IFS= read -r line; do
		case $line in
			:*) directive=\${line#:} ;;
			*$'\\t'*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
			*) candidates+=("\${line//:/\\\\:}") ;;
		esac
	done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
	compset -P '--*='
	local -a behind
	(( directive & 2 )) && behind=(-S '')
	if [[ $directive == 0 ]]; then _files; else _describe kubectl-hostport candidates $behind; fi
}
compdef _kubectl_hostport kubectl-hostport
`;

const fish = `# fish completion for kubectl-hostport: kubectl-hostport completion fish | source
function __kubectl_hostport
	set -l words (commandline -opc) (commandline -ct)
	set -l prefix (string match -r -- '^--[^=]+=' $words[-1])
	for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
		switch $line
			case ':0'
				__fish_complete_path (string replace -r -- '^--[^=]+=' '' $words[-1])
			case ':*'
			case '*'
				printf '%s%s\\n' "$prefix" $line
		end
	end
end
complete -c kubectl-hostport -f -a '(__kubectl_hostport)'
`;

const powershell = `# PowerShell completion for kubectl-hostport: kubectl-hostport completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kubectl-hostport -ScriptBlock {
	param($word, $ast, $position)
	$words = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { $_.Extent.Text })
	$typed = @($words | Select-Object -Skip 1)
	if ($word -eq '') { $typed += '' }
	$prefix = if ($word -match '^(--[^=]+=)') { $Matches[1] } else { '' }
	& $words[0] __complete @typed 2>$null | Where-Object { $_ -notmatch '^:' } | ForEach-Object {
		$candidate, $says = $_ -split [char]9, 2
		if (-not $says) { $says = $candidate }
		[System.Management.Automation.CompletionResult]::new("$prefix$candidate", $candidate, 'ParameterValue', $says)
	}
}
`;

/** By the shell's name. */
export const completionScripts = {bash, zsh, fish, powershell} as const;
