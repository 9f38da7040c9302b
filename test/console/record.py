#!/usr/bin/env python3
"""Records what bash (with readline) and the kernel's line discipline write to a terminal, key by key.

Needs root (a UTS namespace named alice). Reads sessions.txt, writes recorded.json:

    python3 test/console/record.py [NAME...]

Each session runs in a pseudo-terminal of its own. Each step writes its keys at once and waits until nothing more
comes for a while; what came by then is the step's output.
"""
import ast, fcntl, json, os, pty, select, shutil, signal, struct, sys, termios, time

HERE = os.path.dirname(os.path.abspath(__file__))
QUIET = 0.25


def sessions():
    """name / columns rows / program / steps: '= name', '@ 80 24', '$ argv', then one Python string literal a line."""
    session = None
    for line in open(os.path.join(HERE, 'sessions.txt'), encoding='utf-8'):
        line = line.rstrip('\n')
        if line.startswith('= '):
            if session: yield session
            session = dict(name=line[2:], columns=80, rows=24, argv=['bash', '--norc', '--noprofile', '-i'], steps=[])
        elif line.startswith('@ '):
            session['columns'], session['rows'] = map(int, line[2:].split())
        elif line.startswith('$ '):
            session['argv'] = line[2:].split()
        elif line.startswith("'") or line.startswith('"'):
            session['steps'].append(ast.literal_eval(line))
    if session: yield session


def settle(fd):
    data = b''
    last = time.time()
    while True:
        left = QUIET - (time.time() - last)
        if left <= 0: return data
        if select.select([fd], [], [], left)[0]:
            try:
                part = os.read(fd, 65536)
            except OSError:
                return data
            if not part: return data
            data += part
            last = time.time()


def record(session):
    pid, fd = pty.fork()
    if pid == 0:
        for number in (signal.SIGINT, signal.SIGQUIT): signal.signal(number, signal.SIG_DFL)
        time.sleep(0.1)  # the parent sets the window's size
        shutil.rmtree('/tmp/console-home', ignore_errors=True)
        os.makedirs('/tmp/console-home')
        os.chdir('/tmp/console-home')
        env = dict(PATH='/usr/sbin:/usr/bin:/sbin:/bin', HOME='/tmp/console-home', USER='root', LANG='C.UTF-8',
                   TERM='xterm-256color', PS1=r'\u@\h:\w\$ ', HISTFILE='')
        os.execvpe('unshare', ['unshare', '-u', 'sh', '-c', 'hostname alice; exec "$@"', 'sh'] + session['argv'], env)
    modes = termios.tcgetattr(fd)
    modes[0] |= 0o40000  # IUTF8, as terminal emulators have it
    termios.tcsetattr(fd, termios.TCSANOW, modes)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', session['rows'], session['columns'], 0, 0))
    decode = lambda data: data.decode('utf-8', 'replace')
    time.sleep(0.4)
    outputs = [decode(settle(fd))]
    for keys in session['steps']:
        os.write(fd, keys.encode('utf-8'))
        outputs.append(decode(settle(fd)))
    try:
        os.kill(pid, signal.SIGHUP)
        os.close(fd)
    except OSError:
        pass
    os.waitpid(pid, 0)
    return dict(name=session['name'], columns=session['columns'], rows=session['rows'], argv=session['argv'],
                steps=[dict(keys=keys, output=output) for keys, output in zip([''] + session['steps'], outputs)])


def main():
    path = os.path.join(HERE, 'recorded.json')
    known = {}
    if len(sys.argv) > 1 and os.path.exists(path):
        known = {one['name']: one for one in json.load(open(path))}
    result = []
    for session in sessions():
        if len(sys.argv) > 1 and session['name'] not in sys.argv[1:] and session['name'] in known:
            result.append(known[session['name']])
        else:
            result.append(record(session))
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(result, file, ensure_ascii=True, indent=1)
        file.write('\n')


main()
