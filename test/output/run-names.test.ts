import {expect, it} from 'vitest';
import {runNames} from '../../source/output/run-table.ts';

it('names of runs are one a line, whatever a journal says', () => {
	expect(runNames([])).toBe('');
	expect(runNames([{id: '20240207-020000-1a2b'}, {id: 'x\ny\u001B[2J'}])).toBe('20240207-020000-1a2b\nx y\n');
});
