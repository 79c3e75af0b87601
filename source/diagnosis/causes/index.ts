import type {Cause} from './cause.ts';
import {hp01} from './hp01.ts';
import {hp01b} from './hp01b.ts';
import {hp02} from './hp02.ts';
import {hp03} from './hp03.ts';
import {hp04} from './hp04.ts';
import {hp05} from './hp05.ts';
import {hp06} from './hp06.ts';
import {hp07, hp07Waiting} from './hp07.ts';
import {hp08} from './hp08.ts';
import {hp09} from './hp09.ts';
import {hp10} from './hp10.ts';
import {hp11} from './hp11.ts';
import {hp12} from './hp12.ts';
import {hp13} from './hp13.ts';
import {hp14} from './hp14.ts';
import {hp15} from './hp15.ts';
import {hp16} from './hp16.ts';
import {hp17} from './hp17.ts';
import {hp18} from './hp18.ts';
import {hp19} from './hp19.ts';
import {hp20} from './hp20.ts';
import {hp21} from './hp21.ts';
import {hp22} from './hp22.ts';
import {hp23} from './hp23.ts';
import {hp24} from './hp24.ts';
import {hp25} from './hp25.ts';
import {hp26} from './hp26.ts';
import {hp27} from './hp27.ts';
import {hp28} from './hp28.ts';
import {hp29} from './hp29.ts';
import {hp30} from './hp30.ts';
import {hp31} from './hp31.ts';
import {hp32} from './hp32.ts';
import {hp33} from './hp33.ts';
import {hp34} from './hp34.ts';
import {hp36} from './hp36.ts';
import {hp37} from './hp37.ts';

/**
 * Every cause; the place is the rank among findings of one severity: whoever adds one sees what stands before it and what behind.
 * First what stops whole nodes, then what keeps hostPort from being served on a node, then single pods, then what stands around; of what is only told,
 * first what concerns this cluster, then that nothing is wrong, then what is no more than possible or to come, and last what no other
 * explains.
 */
export const causes: readonly Cause[] = [
	hp34,
	hp24,
	hp02,
	hp30,
	hp09,
	hp01,
	hp19,
	hp01b,
	hp05,
	hp03,
	hp06,
	hp04,
	hp08,
	hp32,
	hp07,
	hp36,
	hp37,
	hp26,
	hp10,
	hp15,
	hp33,
	hp20,
	hp31,
	hp28,
	hp27,
	hp14,
	hp12,
	hp16,
	hp17,
	hp21,
	hp07Waiting,
	hp18,
	hp23,
	hp22,
	hp13,
	hp11,
	hp25,
	hp29,
];

/** The cause of a code; undefined where there is none. */
export const causeOf = (code: string): Cause | undefined => byCode.get(code);

const byCode = new Map(causes.map(cause => [cause.code, cause]));
