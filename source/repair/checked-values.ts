/** What a value of a journal may look like, by what it is. A schema of a step's parameters is made of these. */
import * as z from 'zod/mini';
import {printable, printableLine} from '../foreign-text.ts';
import {isPlannedKey} from './plan/planned-values.ts';

/** Any text, made printable: one line, or more of them. */
export const line = z.string().check(z.overwrite(value => printableLine(value)));
/** Text of several lines, made printable, 64 KiB at most. */
export const paragraph = z.string().check(z.overwrite(value => printable(value, 65_536)));
/** Printable lines. */
export const lines = z.array(line);
/** A name as Kubernetes gives them (RFC 1123 subdomain); a node's, a pod's, a namespace's. */
export const name = z.string().check(z.regex(/^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/u));
/** uid of an object. */
export const uid = z.string().check(z.regex(/^\w[\w.-]{0,127}$/u));
/** Hexadecimal. */
export const sha256 = z.string().check(z.regex(/^[\da-f]{64}$/u));
/** Of CNI binaries on a node: it ends up in commands there. */
export const folder = z.string().check(
	z.regex(/^(?:\/[\w.-]+)+$/u),
	z.refine(value => !/(?:^|\/)\.{1,2}(?:\/|$)/u.test(value)),
);
/** An API version of CiliumNodeConfig. */
export const nodeConfigApi = z.string().check(z.regex(/^cilium\.io\/v2(?:alpha1)?$/u));
/** GOARCH name. */
export const architecture = z.string().check(z.regex(/^[a-z\d]{0,16}$/u));
/** Versions of the CNI specification: they end up in commands on a node. A journal of an earlier version has none. */
export const cniVersions = z._default(z.array(z.string().check(z.regex(/^\d{1,3}(?:\.\d{1,3}){2}$/u))), []);
/** What a journal of an earlier version does not say is not so. */
export const flag = z._default(z.boolean(), false);
/** A key of cilium-config that a repair writes, and a value that it may write there. */
export const plannedKey = z.string().check(z.refine(isPlannedKey));
/** A value of cilium-config that a repair writes. */
export const settingValue = z.string().check(z.regex(/^(?![-.])[\w.:[\]-]{0,128}$/u));
/** Of nodes; no cluster has more. */
export const count = z.int().check(z.gte(0), z.lte(100_000));
/** RFC 3339, or what comes near to it. */
export const time = z.string().check(z.regex(/^[\dTZ:.+-]{10,40}$/u));
/** Which conflist a node's runtime has to load: with portmap chained, or Cilium's own alone. */
export const conflistForm = z.enum(['portmap', 'plain']);
/** What is to be seen on a node that has the new settings. */
export const expectation = z.enum(['portmap', 'plain', 'native']);

/** Whether a CNI config chains portmap. */
export type ConflistForm = z.output<typeof conflistForm>;
/** What a node is to run after its agent has restarted. */
export type Expectation = z.output<typeof expectation>;
