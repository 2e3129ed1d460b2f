import { Checks } from '../checks/checks';
import { Clients } from './clients';
import { Disk } from './disk';
import { Instance } from './instance';
import { type SeedOptions, Stage } from './stage';
import { Upstreams } from './upstream';

/** Everything of one seed: stores, processes, clients, and who watches them. */
export class World extends Stage {
  readonly instances: Instance[] = [];
  readonly checks: Checks;
  readonly clients: Clients;
  private readonly upstreams: Upstreams;
  private started = 0;

  constructor(options: SeedOptions) {
    super(options);
    this.checks = new Checks(this);
    this.watch = this.checks;
    this.upstreams = new Upstreams(this);
    this.clients = new Clients(this, () => this.alive);
    this.disks.push(new Disk(), new Disk());
    const count = this.dice.pick([1, 2, 2, 3]);
    for (let i = 0; i < count; i += 1) this.startInstance(this.dice.pick(this.disks));
  }

  get alive(): Instance[] {
    return this.instances.filter(({ process }) => process.state !== 'dead');
  }

  /** A new process on a machine. */
  startInstance(disk: Disk): void {
    this.started += 1;
    const instance = new Instance(this, this.upstreams, `gw${this.started}`, disk);
    this.instances.push(instance);
    this.scheduler.after(0, instance.process, () => {
      this.journal.say(() => `${instance.name}: started`);
      instance.start();
    });
  }
}
