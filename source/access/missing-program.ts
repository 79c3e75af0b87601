import {ActionableError} from '../errors.ts';
import {printableLine} from '../foreign-text.ts';

/** A container that has not the program that was to be run in it. */
export class MissingProgram extends ActionableError {
	override readonly name = 'MissingProgram';
}

/** What helps where an image has no shell; part of a sentence or one of its own. */
export const withoutShellHint = '--image IMAGE with a shell (busybox, or a portmap image with sh), or --via ssh, which needs no image';

const quote = String.raw`["'\x60\\]*`;
const name = String.raw`${quote}[\w./+-]+${quote}`;
const notThere = String.raw`(?:executable file not found|no such file or directory|not found)`;
/**
 * How runtimes say that there is no such program, each of them at the start of a container and at an exec: runc (libcontainer,
 * `exec: "sh": executable file not found in $PATH`, `exec /bin/sh: no such file or directory`, `stat /bin/sh: …`), crun
 * (`executable file \`sh\` not found in $PATH`), youki (`executable 'sh' not found in $PATH`), gVisor (`finding executable "sh" in PATH`),
 * Kata's agent (`ENOENT: No such file or directory`). A mount that is not there has other words around the same end.
 */
const missingProgram = new RegExp(
	[
		String.raw`executable file (?:${name} )?not found`,
		String.raw`executable ${name}(?: for container process)? (?:was )?not found`,
		String.raw`\b(?:fork/)?exec:? ${name}: (?:stat ${name}: )?${notThere}`,
		String.raw`finding executable ${name} in PATH`,
		String.raw`failed to (?:load|execute) ${name}: ${notThere}`,
		String.raw`\bENOENT: No such file or directory`,
	].join('|'),
	'iu',
);

/** Whether a runtime says in these words that a program is not in the image. */
export function saysMissingProgram(text: string): boolean {
	return missingProgram.test(printableLine(text, 4000));
}
