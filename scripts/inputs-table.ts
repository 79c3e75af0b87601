// Prints every input of the tables of test/diagnosis: its group, what is right, what the program says first. `--wrong`: only where these differ.
import {diagnose} from '../source/diagnosis/diagnose.ts';
import {evidenceSchema} from '../source/evidence/evidence.ts';
import {distributionInputs} from '../test/diagnosis/distribution-inputs.ts';
import {fileInputs} from '../test/diagnosis/file-inputs.ts';
import {furtherInputs} from '../test/diagnosis/further-inputs.ts';
import {podInputs} from '../test/diagnosis/pod-inputs.ts';
import {reportedInputs} from '../test/diagnosis/reported-inputs.ts';
import {settingInputs} from '../test/diagnosis/setting-inputs.ts';
import {startInputs} from '../test/diagnosis/start-inputs.ts';

const inputs = [
	...[...reportedInputs, ...startInputs, ...settingInputs, ...fileInputs, ...podInputs].map(input => ({...input, group: 'report'})),
	...distributionInputs,
	...furtherInputs,
];
const rows = inputs.map(({group, name, twin = false, first, verdict, node = 'node-1', make}) => {
	const {findings, nodes} = diagnose(evidenceSchema.parse(JSON.parse(JSON.stringify(make()))));
	const said = `${findings[0]?.code ?? ''} ${findings[0]?.severity ?? ''}, ${nodes.find(each => each.name === node)?.verdict ?? ''}`;
	return {group, name, twin, right: `${first}, ${verdict}`, said, title: findings[0]?.title ?? ''};
});
for (const {group, name, twin, right, said, title} of rows) {
	if (right === said && process.argv.includes('--wrong')) continue;
	process.stdout.write(`| ${group} | ${name}${twin ? ' (twin)' : ''} | ${right} | ${said === right ? 'the same' : said} | ${title} |\n`);
}

process.stdout.write(`${rows.length} inputs, ${rows.filter(({right, said}) => right === said).length} judged right first\n`);
