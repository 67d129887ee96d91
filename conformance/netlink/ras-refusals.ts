/** Requests with one thing wrong, each between good ones. */
import { encodeAttribute, type Fields, join } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import type { RasPeer } from './peer.ts';
import { about, RasScene, rasCase } from './ras-scene.ts';
import type { Asked } from './scene.ts';

const [GET, CLEAR] = ['get-error-counter', 'clear-error-counter'];
const word = (value: number, width = 4): Uint8Array =>
  Uint8Array.from({ length: width }, (_, index) => (value >>> (8 * index)) & 0xff);
const [NODE, ERROR, NAME, VALUE] = [1, 2, 3, 4];

function unknown(peer: RasPeer, operation: string): Case {
  const scene = new RasScene(peer);
  const good = () => scene.get('memory', 4);
  const controls = [good()];
  const dump = { dump: true };
  const node: Fields = [['node-id', scene.id('memory')]];
  const wrong: [Fields, Asked?][] = [
    [[]],
    [node],
    [[['error-id', 4n]]],
    [
      [
        ['node-id', scene.unknown],
        ['error-id', 4n],
      ],
    ],
    [
      [
        ['node-id', 0xffff_ffffn],
        ['error-id', 0xffff_ffffn],
      ],
    ],
    [scene.counter('memory', 0)],
    [scene.counter('memory', 10)],
    [scene.counter('memory', 0xffff_ffffn)],
    [scene.counter('memory', 2)],
    [scene.counter('link', 8)],
    [scene.counter('fixed', 0)],
    [scene.counter('spare', 5)],
    ...(operation === GET
      ? ([
          [[], dump],
          [[['node-id', scene.unknown]], dump],
          [[['node-id', scene.id('spare')]], dump],
        ] satisfies [Fields, Asked][])
      : []),
  ];
  const probes = wrong.map(([fields, asked]) => scene.ask(operation, fields, asked));
  controls.push(good());
  return rasCase(`unknown ${operation}`, scene, [about('ras.unknown', operation, probes, controls)]);
}

/** What lib/nlattr.c and the header checks refuse, whatever the family. */
function malformed(peer: RasPeer, operation: string): Case {
  const scene = new RasScene(peer);
  const node = encodeAttribute(NODE, word(Number(scene.id('memory'))));
  const error = encodeAttribute(ERROR, word(4));
  const pair = [node, error];
  const listing = operation === 'list-nodes';
  const own = listing ? [] : pair;
  const dump = listing ? { dump: true } : {};
  const good = () => scene.ask(operation, [], { attributes: join(own), ...dump });
  const controls = [good()];
  const attributes = [
    [...own, encodeAttribute(NAME, word(0x61))],
    [...own, encodeAttribute(VALUE, word(1))],
    [...own, encodeAttribute(99, word(1))],
    [encodeAttribute(0, word(1)), ...own],
    [...own, Uint8Array.of(1, 2, 3)],
    [...own, Uint8Array.of(3, 0, 1, 0)],
    ...(listing
      ? [[node]]
      : [
          [encodeAttribute(NODE, word(1, 2)), error],
          [encodeAttribute(NODE, word(1, 3)), error],
          [encodeAttribute(NODE, word(1, 8)), error],
          [encodeAttribute(NODE, new Uint8Array(0)), error],
          [node, encodeAttribute(ERROR, word(4, 2))],
          [node, encodeAttribute(ERROR, word(4, 8))],
        ]),
  ];
  const probes = attributes.map(parts => scene.ask(operation, [], { attributes: join(parts), ...dump }));
  const whole = { attributes: join(own) };
  probes.push(scene.ask(operation, [], { ...whole, ...dump, reserved: 1 }));
  for (const flags of [0x10, 0x20, 0x400, 0x800])
    probes.push(scene.ask(operation, [], { ...whole, ...dump, flags }));
  controls.push(good());
  return rasCase(`malformed ${operation}`, scene, [about('ras.strict', operation, probes, controls)]);
}

/** A dump of one counter, and what a dump does not take. */
function dumps(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const node = encodeAttribute(NODE, word(Number(scene.id('memory'))));
  const asked = (...parts: Uint8Array[]) => scene.ask(GET, [], { dump: true, attributes: join(parts) });
  const controls = [asked(node)];
  const probes = [
    asked(node, encodeAttribute(ERROR, word(4))),
    asked(encodeAttribute(NODE, word(1, 2))),
    asked(node, encodeAttribute(5, word(4))),
  ];
  controls.push(asked(node));
  return rasCase('malformed dumps', scene, [about('ras.strict', 'dump get-error-counter', probes, controls)]);
}

/** Commands that the family does not have, or not in this way. */
function commands(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const good = () => scene.get('memory', 4);
  const controls = [good()];
  const pair = scene.counter('memory', 4);
  const probes = [
    scene.ask('list-nodes', []),
    scene.ask(CLEAR, pair, { dump: true }),
    scene.ask(CLEAR, [], { dump: true }),
    ...[0, 4, 77, 255].map(command => scene.ask(GET, pair, { command })),
    scene.ask(GET, [], { command: 9, dump: true }),
  ];
  controls.push(good());
  return rasCase('commands', scene, [about('ras.commands', 'requests', probes, controls)]);
}

/** An attribute that is there twice: the last one counts; the order of attributes does not. */
function doubled(peer: RasPeer): Case {
  const scene = new RasScene(peer);
  const [node, first, last] = [
    encodeAttribute(NODE, word(Number(scene.id('memory')))),
    encodeAttribute(ERROR, word(9)),
    encodeAttribute(ERROR, word(4)),
  ];
  const asked = (...parts: Uint8Array[]) => scene.ask(GET, [], { attributes: join(parts) });
  const probes = [asked(node, first, last), asked(last, node), asked(first, last, node)];
  return rasCase('doubled', scene, [about('ras.strict', 'attributes that come twice', probes)]);
}

export function refusalCases(peer: RasPeer): Case[] {
  return [
    ...[GET, CLEAR].map(operation => unknown(peer, operation!)),
    ...['list-nodes', GET, CLEAR].map(operation => malformed(peer, operation!)),
    dumps(peer),
    commands(peer),
    doubled(peer),
  ];
}
