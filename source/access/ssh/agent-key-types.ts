import {connect} from 'node:net';

const requestIdentities = Buffer.from([0, 0, 0, 1, 11]);
const identitiesAnswer = 12;
const answerLimitMilliseconds = 2000;
const maximumAnswerBytes = 256 * 1024;

/**
 * Types of all keys an agent holds, also of those ssh2 passes over in silence: certificates and FIDO keys. (SSH agent protocol,
 * draft-ietf-sshm-ssh-agent, section 3.5.) Empty if the agent does not answer.
 */
export function agentKeyTypes(socketPath: string): Promise<string[]> {
	return new Promise(resolve => {
		let answer = Buffer.alloc(0);
		const socket = connect(socketPath);
		const finish = (): void => {
			socket.destroy();
			resolve(keyTypesIn(answer));
		};
		socket.setTimeout(answerLimitMilliseconds, finish);
		socket.on('error', finish);
		socket.on('close', finish);
		socket.on('data', (chunk: Buffer) => {
			answer = Buffer.concat([answer, chunk]);
			const isWhole = answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0);
			if (isWhole || answer.length > maximumAnswerBytes) finish();
		});
		socket.write(requestIdentities);
	});
}

function keyTypesIn(answer: Buffer): string[] {
	if (answer.length < 9 || answer[4] !== identitiesAnswer) return [];
	const types: string[] = [];
	let position = 9;
	const take = (): Buffer => {
		const length = answer.readUInt32BE(position);
		position += 4 + length;
		return answer.subarray(position - length, position);
	};
	try {
		for (let left = answer.readUInt32BE(5); left > 0; left -= 1) {
			const key = take();
			types.push(key.toString('latin1', 4, 4 + key.readUInt32BE(0)));
			// The comment that follows is of no interest.
			take();
		}
	} catch {
		// Cut short: what was read until here still holds.
	}

	return types;
}
