#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [CHECK]...: everything that can be said of the source without
# running it. All checks are made even if one finds something; a line says
# how each ended, the last one how many. Status 0 only if none found anything.

set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

ALL='build sparse layers checkpatch kernel-doc shellcheck python licence readme install kernels'

# What checkpatch.pl says that is not heeded: a pattern for its line, a reason.
CHECKPATCH_NOT=(
	':FILE_PATH_CHANGES:'
	'there is no MAINTAINERS file in this tree'
	':EMBEDDED_FILENAME:'
	'a header comment opens with the name of its file'
	':BIT_MACRO:'
	'1U << x is a size here, not a bit'
	':UNCOMMENTED_DEFINITION:'
	'what a lock guards stands in the kernel-doc of its struct'
	":TYPO_SPELLING: 'acknowledgement'"
	'it is a word of British English, as is this whole tree'
	':MACRO_ARG_REUSE:'
	'the arguments of lists in macros are names and have no effects'
	':(COMPLEX_MACRO|MULTISTATEMENT_MACRO_USE_DO_WHILE|TRAILING_SEMICOLON):'
	'lists in macros make enums, arrays and parameters, no statements'
	'^src/settings.c:.*:BRACKET_SPACE:'
	'the same: the body of the macro begins with a designator'
	'^src/compat.h:.*:SPACING:'
	'__has_include(<file>) compares nothing'
	'^src/tcp_fsm.c:.*:SPACING:'
	'the columns of the transition table, with their footnotes'
	'^src/nft_refused.c:.*:CONST_STRUCT:'
	'each of these ops is told its type when that is registered'
	'^src/ip_ct_trace.h:.*:(OPEN_ENDED_LINE|PARENTHESIS_ALIGNMENT):'
	'trace events are laid out as in include/trace/events'
	'^tests/kunit/selftest.c:.*:VOLATILE:'
	'the compiler must not see through the faults made on purpose'
)

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TREE"

c_files() {
	local dirs=(src tests/kunit)

	[ ! -d include ] || dirs+=(include)
	find "${dirs[@]}" -name '*.[ch]' ! -name '*.mod.c' | sort
}

# scripts and other text, known to git or new; nothing that is built
our_files() {
	git ls-files --cached --others --exclude-standard | sort -u |
		while read -r file; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done
}

scripts_of() {
	our_files | while read -r file; do
		case $(head -n 1 "$file" | tr -d '\0') in
		'#!'*"$1"*) printf '%s\n' "$file" ;;
		esac
	done
}

# build LOG MAKE-ARGUMENT...: the module, from nothing, outside of the checkout:
# that stays clean, and a warning is given only when its file is compiled.
build() {
	local log=$1

	shift
	copy_module
	find "$TMP/module" -name '*.o' -delete
	make -C "$headers" M="$TMP/module" KBUILD_MODPOST_WARN=0 -j"$(nproc)" \
		modules "$@" >"$log" 2>&1 || {
		cat "$log"
		return 1
	}
}

copy_module() {
	local file

	[ ! -d "$TMP/module" ] || return 0
	mkdir "$TMP/module"
	for file in Kbuild $(c_files | grep -v '^tests/'); do
		install -D -m 644 "$file" "$TMP/module/$file"
	done
}

check_build() {
	build "$TMP/build.log" W=1 || return 1
	! grep -i -A8 'warning\|error:' "$TMP/build.log"
}

# sparse 0.6.4 does not know __has_include, and 6.1 has none of what is asked
# for. TRACE_EVENT() compares the type of every field with -1, which sparse
# holds against the __be types, here as in the kernel's own events.
check_sparse() {
	echo '#define __has_include(file) 0' >"$TMP/sparse.h"
	build "$TMP/sparse.log" C=2 \
		CF="-D__CHECK_ENDIAN__ -include $TMP/sparse.h" || return 1
	! grep -E '(warning|error): ' "$TMP/sparse.log" |
		grep -vE 'ip_ct_trace\.h:.*restricted __be(16|32)'
}

# The includes as written, and the calls as compiled.
check_layers() {
	build "$TMP/layers.log" APART=1 W=1 || return 1
	! grep -i -A8 'warning\|error:' "$TMP/layers.log" || return 1
	scripts/check_layers.py --objects "$TMP/module/src"
}

check_checkpatch() {
	local source i

	source=$(scripts/kernel-source.sh) || return 1
	for ((i = 0; i < ${#CHECKPATCH_NOT[@]}; i += 2)); do
		printf '%s\n' "${CHECKPATCH_NOT[i]}"
	done >"$TMP/checkpatch.not"
	# shellcheck disable=SC2046 # our names have no spaces
	"$source/scripts/checkpatch.pl" --no-tree --strict --file --terse \
		--show-types --no-summary --quiet $(c_files) \
		>"$TMP/checkpatch.log" 2>&1 || true
	! grep -vE -f "$TMP/checkpatch.not" "$TMP/checkpatch.log"
}

check_kernel-doc() {
	local out

	# shellcheck disable=SC2046
	out=$("$headers/scripts/kernel-doc" -none $(find src include -name '*.[ch]' \
		! -name '*.mod.c') 2>&1) || true
	[ -z "$out" ] || { echo "$out"; return 1; }
}

check_shellcheck() {
	# shellcheck disable=SC2046
	shellcheck -x -P SCRIPTDIR $(scripts_of sh)
}

check_python() {
	local file status=0

	for file in $(scripts_of python3); do
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' \
			"$file" || status=1
	done
	return "$status"
}

# An SPDX line in every file that can hold one.
check_licence() {
	local file status=0

	for file in $(our_files); do
		case $file in
		LICENSE|tests/fuzz/corpus/*|*.md|*.gitignore|*.json|*.pcap) continue ;;
		esac
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' || {
			echo "$file: no SPDX line"
			status=1
		}
	done
	return "$status"
}

# README's tables and pictures are what the sources say.
check_readme() {
	scripts/readme.py --check && scripts/state-diagram.py --check
}

# What make install puts in its place, that none of it needs nf_conntrack, and
# that make uninstall leaves nothing.
check_install() {
	local kernel module

	kernel=$(vm_kver)
	copy_module
	cp -r Makefile scripts docs "$TMP/module"
	make -s -C "$TMP/module" KREL="$kernel" DESTDIR="$TMP/root" install ||
		return 1
	modinfo -b "$TMP/root" -k "$kernel" ip_conntrack >"$TMP/modinfo" ||
		return 1
	grep -q '^parm: *ip_conntrack_max:' "$TMP/modinfo" || {
		echo 'modinfo knows no parameter ip_conntrack_max'
		return 1
	}
	for module in "$TMP"/root/lib/modules/*/updates/*.ko; do
		! modinfo -F depends "$module" | grep -w nf_conntrack || {
			echo "$module needs nf_conntrack"
			return 1
		}
	done
	make -s -C "$TMP/module" KREL="$kernel" DESTDIR="$TMP/root" uninstall ||
		return 1
	! find "$TMP/root" -type f ! -name 'modules.*' | grep .
}

# kbuild VERSION.PATCHLEVEL [ARGUMENT]...: what Kbuild says, told that the kernel
# is that, up to where it compiles
kbuild() {
	local version=$1

	shift
	make -n -C "$headers" M="$TMP/module" VERSION="${version%.*}" \
		PATCHLEVEL="${version#*.}" src/tuple.o "$@" 2>&1 |
		grep -oE 'this is Linux .*|CC \[M\]' | uniq | paste -sd ' '
}

# The first and the last kernel that src/compat.h names are built for, those
# before and behind are refused with the range; no other file tells kernels
# apart.
check_kernels() {
	local range first last version said status=0

	range=$(scripts/package.sh range)
	first=${range% *} last=${range#* }
	copy_module
	# nothing would be to be done where other checks have built it
	find "$TMP/module" -name 'tuple.o' -delete
	for version in "${first%.*}.$((${first#*.} - 1))" "$((${first%.*} - 1)).99" \
		"${last%.*}.$((${last#*.} + 1))" "$((${last%.*} + 1)).0"; do
		said=$(kbuild "$version")
		[[ $said == "this is Linux $version; supported are $first to $last "*Stop. ]] ||
			{ echo "$version is not refused: $said"; status=1; }
		said=$(kbuild "$version" ANY_KERNEL=1)
		[[ $said == *' CC [M]' ]] ||
			{ echo "$version, ANY_KERNEL=1: $said"; status=1; }
	done
	for version in "$first" "$last"; do
		said=$(kbuild "$version")
		[ "$said" = 'CC [M]' ] ||
			{ echo "$version is not built for: $said"; status=1; }
	done
	! grep -rnE --include='*.[ch]' \
		'LINUX_VERSION_CODE|\<KERNEL_VERSION\(|\<IP_CT_HAS_' src include |
		grep -v '^src/compat.h:' || status=1
	return "$status"
}

main() {
	local check failed=0 started
	local result

	for check in "$@"; do
		[[ " $ALL " == *" $check "* ]] || die "no check '$check' in: $ALL"
	done
	scripts/deps.sh check
	headers=/lib/modules/$(vm_kver)/build
	[ -d "$headers" ] || die "no headers in $headers"

	for check in "$@"; do
		started=$SECONDS
		if "check_$check" >"$TMP/out" 2>&1; then
			result="ok    $check"
		else
			result="FAIL  $check"
			failed=$((failed + 1))
			sed "s/^/  /;s|$TMP/module/||g" "$TMP/out"
		fi
		say check "$result ($((SECONDS - started)) s)"
	done
	printf '%d passed, %d failed, 0 skipped\n' $(($# - failed)) "$failed"
	return $((failed > 0))
}

# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $ALL
main "$@"
