import type {Cause} from './cause.ts';
import {hp01} from './hp01.ts';
import {hp01b} from './hp01b.ts';
import {hp02} from './hp02.ts';
import {hp03} from './hp03.ts';
import {hp04} from './hp04.ts';
import {hp19} from './hp19.ts';
import {hp22} from './hp22.ts';

/** Every cause; the order is the rank among findings of one severity: what stops a whole node comes first. */
export const causes: readonly Cause[] = [hp02, hp01, hp19, hp01b, hp03, hp04, hp22];
